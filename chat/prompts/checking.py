"""What a text must be before staff may keep it."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat.prompts.registry import PromptSpec
from chat.prompts.secrets import line_with_secret
from chat.prompts.template import Piece, pieces


def clean_text(spec: PromptSpec, text: str) -> str:
    """The text as it is stored; raises ValidationError with all that is wrong, under `text`."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise ValidationError({"text": _("Write what the model is told.")})
    if len(text) > spec.max_length:
        most = ngettext("At most %(n)d character.", "At most %(n)d characters.", spec.max_length)
        raise ValidationError({"text": most % {"n": spec.max_length}})
    if problems := [*_forbidden(text), *_misused(spec, text)]:
        raise ValidationError({"text": problems})
    return text


def clean_note(note: str, *, longest: int) -> str:
    note = note.strip()
    if len(note) > longest:
        most = ngettext("At most %(n)d character.", "At most %(n)d characters.", longest)
        raise ValidationError({"note": most % {"n": longest}})
    if problems := _forbidden(note):
        raise ValidationError({"note": problems})
    return note


def _forbidden(text: str) -> list[str]:
    if "\0" in text:
        return [_("Null characters are not allowed.")]
    if line := line_with_secret(text):
        return [
            _("Line %(line)d looks as if it held a key or a password. What stands here is sent to the model.")
            % {"line": line}
        ]
    return []


def _misused(spec: PromptSpec, text: str) -> list[str]:
    """Each problem once, in the order of the text."""
    found = pieces(text)
    problems = [problem for piece in found if (problem := _problem(spec, piece))]
    used = {piece.text for piece in found if piece.kind == "variable"}
    lacking = [name for name in spec.required if name not in used]
    return [
        *dict.fromkeys(problems),
        *(_("%(variable)s is missing: the answer needs it.") % {"variable": f"{{{name}}}"} for name in lacking),
    ]


def _problem(spec: PromptSpec, piece: Piece) -> str:
    if piece.kind == "stray":
        said = {"brace": piece.text, "line": piece.line, "double": piece.text * 2}
        return _("Line %(line)d has a single %(brace)s. Write %(double)s for a brace.") % said
    if piece.kind == "variable" and piece.text not in spec.names:
        said = {"variable": f"{{{piece.text}}}", "line": piece.line}
        return _("Line %(line)d: there is no variable %(variable)s.") % said
    return ""
