from django.utils.translation import gettext as _


def error_text(code: str) -> str:
    """Why an evaluation failed, and what to do, in the active language."""
    texts = {
        "internal": _("Something went wrong on our side; the log has the details. Try again."),
        "interrupted": _("It was interrupted on the command line."),
        "no_questions": _("There are no test questions. Add some, or load the sample set."),
    }
    return texts.get(code, code)
