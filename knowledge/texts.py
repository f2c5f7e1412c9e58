"""What people are told about documents that could not be read. Codes are those of knowledge.readers and of ours."""

from django.utils.translation import gettext as _

from knowledge.readers.reading import messages


def error_text(code: str) -> str:
    """Why a document is not as it should be, and what to do, in the active language."""
    texts = {
        "file_gone": _("The original file is no longer in the storage. Upload it again."),
        "internal": _("Something went wrong on our side; the log has the details. Try again."),
    }
    return texts.get(code) or messages().get(code, code)
