"""From the tree of parts to what a person reads: one text, one HTML page, the files."""

import html as markup
import mimetypes
import re
from dataclasses import dataclass, field

from tickets.mime.charsets import decode_checked
from tickets.mime.decoding import Decoder, cut_uuencoded
from tickets.mime.defects import Defects
from tickets.mime.flowed import unflow
from tickets.mime.htmltext import text_of
from tickets.mime.limits import MAX_ATTACHMENTS, MAX_HTML, MAX_TEXT
from tickets.mime.mail import ParsedAttachment
from tickets.mime.tnef import is_tnef, unpack
from tickets.mime.tree import Part, TreeReader

BREAKS = re.compile(r"\r\n?")
# Pages for mail programs that know scripts of their own, beside the HTML that everybody reads.
IGNORED_KINDS = ("text/x-amp-html", "text/watch-html")
LONGEST_NAME = 255
EXTENSIONS = {
    "text/calendar": ".ics",
    "text/plain": ".txt",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "text/rfc822-headers": ".txt",
}
META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.I)
UNSAFE_NAME = re.compile(r"[\x00-\x1f\x7f/\\]+")


@dataclass(slots=True)
class Piece:
    """A readable part; one that has both forms was an alternative."""

    plain: str | None = None
    page: str | None = None

    @property
    def as_text(self) -> str:
        return self.plain if self.plain and self.plain.strip() else text_of(self.page or "") or self.plain or ""

    @property
    def as_page(self) -> str:
        if self.page is not None:
            return self.page
        return f"<pre>{markup.escape(self.plain or '', quote=False)}</pre>"


@dataclass(slots=True)
class Bodies:
    text: str = ""
    html: str = ""
    attachments: list[ParsedAttachment] = field(default_factory=list)


class BodyReader:
    def __init__(self, defects: Defects) -> None:
        self.defects = defects
        self.decoder = Decoder(defects)
        self.attachments: list[ParsedAttachment] = []

    def read(self, root: Part) -> Bodies:
        pieces = _without_doubles(self._pieces(root, alternative=False))
        text = "\n\n".join(text for piece in pieces if (text := piece.as_text.strip("\n")).strip())
        page = ""
        if any(piece.page is not None for piece in pieces):
            page = "\n".join(piece.as_page for piece in pieces)
        text = text or self._attached_text(root)
        return Bodies(self._cut(text, MAX_TEXT), self._cut(page, MAX_HTML), self.attachments)

    def _cut(self, text: str, longest: int) -> str:
        if len(text) > longest:
            self.defects.add("text_cut")
        return text[:longest]

    def _pieces(self, part: Part, *, alternative: bool) -> list[Piece]:
        if part.children:
            is_choice = part.kind == "multipart/alternative"
            pieces = [piece for child in part.children for piece in self._pieces(child, alternative=is_choice)]
            return _chosen(pieces) if is_choice else pieces
        if part.kind in IGNORED_KINDS:
            return []
        if not _is_readable(part, alternative):
            self._attach(part, alternative=alternative)
            return []
        return [self._piece(part)]

    def _piece(self, part: Part) -> Piece:
        data = self.decoder.content(part)
        charset = part.charset
        if part.kind == "text/html":
            found = META_CHARSET.search(data[:4096]) if not charset else None
            return Piece(page=self._text(data, found[1].decode("ascii") if found else charset))
        text, files = cut_uuencoded(self._text(data, charset))
        for file in files:
            self._add(ParsedAttachment(file.name, "", file.content))
        if part.params.get("format", "").lower() == "flowed":
            text = unflow(text, delsp=part.params.get("delsp", "").lower() == "yes")
        return Piece(plain=text)

    def _text(self, data: bytes, charset: str) -> str:
        text, as_declared = decode_checked(data, charset)
        if not as_declared:
            self.defects.add("charset")
        return BREAKS.sub("\n", text)

    def _attach(self, part: Part, *, alternative: bool) -> None:
        content = self.decoder.content(part)
        if is_tnef(part.kind, part.file_name) and (unpacked := unpack(content)) is not None:
            for attachment in unpacked.attachments:
                self._add(attachment)
            return
        if alternative and not content:
            return
        inline = part.disposition != "attachment" and bool(part.content_id)
        name = part.file_name or _name_of(part, content)
        self._add(ParsedAttachment(name, part.kind, content, inline, part.content_id[:LONGEST_NAME]))

    def _add(self, attachment: ParsedAttachment) -> None:
        if len(self.attachments) >= MAX_ATTACHMENTS:
            self.defects.add("too_many_attachments")
            return
        name = safe_name(attachment.name) or f"attachment-{len(self.attachments) + 1}"
        kind = attachment.content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        self.attachments.append(
            ParsedAttachment(name, kind, attachment.content, attachment.inline, attachment.content_id)
        )

    def _attached_text(self, root: Part) -> str:
        """A mail without words of its own is what it carries: the text in a winmail.dat, or a mail passed on whole."""
        for part in root.walk():
            if part.kind == "text/plain" and part.disposition != "attachment" and part.file_name:
                return self._piece(part).as_text.strip("\n")
            if is_tnef(part.kind, part.file_name) and (unpacked := unpack(self.decoder.content(part))) is not None:
                if text := unpacked.text.strip() or text_of(unpacked.html):
                    return text
            if part.kind in ("message/rfc822", "message/global") and not root.kind.startswith("multipart/report"):
                return self._passed_on(self.decoder.content(part))
        return ""

    def _passed_on(self, raw: bytes) -> str:
        defects = Defects()
        inner = TreeReader(defects).read(raw)
        reader = BodyReader(defects)
        # What is attached to the attached mail stays within it, and a mail in a mail in a mail is not unpacked.
        pieces = _without_doubles(reader._pieces(inner, alternative=False))
        lines = [f"{name}: {value}" for name in ("From", "Date", "Subject", "To") if (value := inner.fields.text(name))]
        body = "\n\n".join(text for piece in pieces if (text := piece.as_text.strip("\n")))
        return "\n".join(["---------- Forwarded message ----------", *lines, "", body])


def _is_readable(part: Part, alternative: bool) -> bool:
    """Texts without a file's name are read; one with a name is when it stands where only texts do."""
    if part.kind.startswith("multipart/"):
        # One whose parts cannot be told apart is a text.
        return True
    if part.kind not in ("text/plain", "text/html") or part.disposition == "attachment":
        return False
    return alternative or not (part.disposition_params.get("filename") or part.params.get("name"))


def _chosen(pieces: list[Piece]) -> list[Piece]:
    """The alternatives as one piece: the plain texts together, the pages together."""
    plains = [piece.plain for piece in pieces if piece.plain is not None and piece.plain.strip()]
    pages = [piece.page for piece in pieces if piece.page is not None and piece.page.strip()]
    if not plains and not pages:
        return []
    # Plain parts beside pages (lists' footers between two pages) are in the pages' alternative text already.
    return [Piece("\n\n".join(plains) if plains else None, "\n".join(pages) if pages else None)]


def _without_doubles(pieces: list[Piece]) -> list[Piece]:
    """A page after a text that says the same is the alternative of it, though it is not declared as one."""
    out: list[Piece] = []
    for piece in pieces:
        before = out[-1] if out else None
        if before and before.page is None and piece.plain is None and _says(piece.page or "") == _says_plain(before):
            out[-1] = Piece(before.plain, piece.page)
        else:
            out.append(piece)
    return out


def _says(page: str) -> str:
    return _letters(text_of(page))


def _says_plain(piece: Piece) -> str:
    return _letters(piece.plain or "") or "-"


def _letters(text: str) -> str:
    return "".join(character for character in text[:5_000] if character.isalnum())[:300]


def _name_of(part: Part, content: bytes) -> str:
    """A name for a file that has none."""
    if part.kind in ("message/rfc822", "message/global"):
        inner = TreeReader(Defects()).read(content[:65_536])
        return f"{inner.fields.text('Subject')[:100] or 'message'}.eml"
    extension = EXTENSIONS.get(part.kind) or mimetypes.guess_extension(part.kind)
    if part.kind == "application/octet-stream" or not extension:
        return ""
    return f"{part.kind.partition('/')[0]}{extension}"


def safe_name(name: str) -> str:
    """The last piece of a path, without control characters, not too long for a file system; its extension stays."""
    name = UNSAFE_NAME.sub("_", re.split(r"[/\\]", name.strip().rstrip("/\\"))[-1]).strip(" .")
    if len(name.encode("utf-8", "replace")) <= LONGEST_NAME:
        return name
    stem, dot, extension = name.rpartition(".")
    end = f".{extension}" if dot and len(extension) <= 10 else ""
    room = LONGEST_NAME - len(end.encode("utf-8", "replace"))
    return (stem if end else name).encode("utf-8", "replace")[:room].decode("utf-8", "ignore") + end
