"""What can go wrong in a turn, in words for the person who asked."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

ERROR_TEXTS = {
    "invalid_api_key": _("The model's provider refused the API key. Check the key and ask again."),
    "rate_limited": _("The model's provider is busy right now. Try again in a minute."),
    "quota": _("The account at the model's provider has no credit left."),
    "unavailable": _("The model's server cannot be reached. Try again, or choose another model."),
    "timeout": _("The model did not answer in time. Try again, or choose another model."),
    "cut_stream": _("The connection to the model broke off before the answer was complete."),
    "model_not_found": _("The provider does not know this model. Choose another one."),
    "context_too_long": _("The conversation is too long for this model. Start a new one or choose another model."),
    "bad_request": _("The model's provider refused the request."),
    "budget_exceeded": _("The budget for answers is used up, so this one ends here."),
    "unsupported": _("This model cannot do what was asked for. Choose another one."),
    "refused": _("The model declined to answer this."),
    "content_filter": _("The provider held the answer back because of its content rules."),
    "empty_answer": _("The model returned an empty answer."),
    "interrupted": _("The server stopped while this answer was being written. Ask again for the rest."),
    "too_long": _("The answer took longer than is allowed and was cut off."),
    "internal": _("Something went wrong on our side. The team can see it in the log."),
}


def error_text(code: str, *, language: str) -> str:
    with override(language):
        return str(ERROR_TEXTS.get(code, ERROR_TEXTS["internal"]))


class ConversationBusy(Exception):
    """The conversation has a turn that is not over yet."""

    def __init__(self, turn_id: object) -> None:
        super().__init__("an answer is still being written")
        self.turn_id = turn_id


class TurnNotRetryable(Exception):
    """Only the last turn of a conversation can be asked again, and only once it is over."""
