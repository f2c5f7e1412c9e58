from django.utils.translation import gettext as _

from chat.errors import ERROR_TEXTS


def error_text(code: str) -> str:
    """Why a comparison or one of its answers failed, in the active language."""
    own = {
        "no_model": _("No model is configured any more that could answer."),
        "no_payer": _("Whoever started it is gone, so nobody can be charged."),
        "prompt_gone": _("The product has no such prompt any more."),
        "interrupted": _("The server stopped several times while this was being answered."),
    }
    return own.get(code) or str(ERROR_TEXTS.get(code, ERROR_TEXTS["internal"]))
