"""What people are told about documents that could not be read. Codes are those of knowledge.readers and of ours."""

from django.utils.translation import gettext as _

from knowledge.readers import reading


def error_text(code: str) -> str:
    """Why a document is not as it should be, and what to do, in the active language."""
    texts = {
        "file_gone": _("The original file is no longer in the storage. Upload it again."),
        "internal": _("Something went wrong on our side; the log has the details. Try again."),
    }
    return texts.get(code) or reading.messages().get(code, code)


def note_text(code: str) -> str:
    """What reading a document lost or had to guess."""
    texts = {
        reading.PICTURES_LEFT_OUT: _("Pictures were left out; what is written in them is not found."),
        reading.END_LEFT_OUT: _("The text is too long: its end was left out."),
        reading.CHARACTERS_LOST: _("Some characters could not be read. Save the file as UTF-8 and replace it."),
        reading.PAGES_WITHOUT_TEXT: _(
            "Some pages are pictures without text. Recognise them (OCR) and replace the file."
        ),
        reading.PAGES_UNREADABLE: _("Some pages could not be read."),
    }
    return texts.get(code, code)


def index_error_text(error: str) -> str:
    """Why an index version has no vectors, or was not finished; `error` is what the encoder said."""
    return _("The embedding model cannot be used: %(error)s") % {"error": error}
