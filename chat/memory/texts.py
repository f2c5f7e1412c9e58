"""What people are told about what is remembered, in the active language."""

from django.utils.translation import gettext as _

from chat.memory import errors


def refusal_text(code: str) -> str:
    """Why something is not remembered."""
    texts = {
        errors.EMPTY: _("There are no words to remember."),
        errors.TOO_LONG: _("The text is too long."),
        errors.SECRET: _("Keys, passwords and card numbers are not remembered."),
        errors.REJECTED: _("This was rejected before."),
        errors.REPEATED: _("The same was said too often within a few minutes."),
        errors.UNSURE: _("It is too uncertain."),
        errors.FULL: _("There is no room: everything of this kind is protected. Forget something first."),
    }
    return texts.get(code, code)


def extraction_error_text(code: str) -> str:
    """Why nothing was learned from an answer."""
    texts = {
        "no_model": _("There is no language model."),
        "budget_exceeded": _("The budget is used up."),
        "invalid_output": _("The model did not keep to the asked form."),
        "timeout": _("The model took too long."),
        "unavailable": _("The model cannot be reached."),
        "circuit_open": _("The model cannot be reached."),
        "quota": _("The provider's account has no credit left."),
        "rate_limited": _("The provider is busy."),
        "internal": _("Something went wrong on our side; the log has the details."),
    }
    return texts.get(code, code)
