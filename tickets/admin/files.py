"""What mails bring along, handed out so that a browser runs none of it."""

import base64
import re
import zlib
from collections.abc import Iterable
from typing import Any

import nh3
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from tickets.models import Attachment, InboundMail, RawMail

# Pictures inside a mail are put into its page, as no address of ours is open to a sandbox.
INLINE_BYTES = 2_000_000
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
CID = re.compile(r"""(src\s*=\s*["'])cid:([^"']{1,250})""", re.IGNORECASE)
LAYOUT = frozenset({"center", "font", "big", "main", "section", "header", "footer", "address"})
STYLED = set("style align valign width height bgcolor color border cellpadding cellspacing dir".split())
STYLE = (
    "body{font:14px/1.5 system-ui,sans-serif;margin:12px;color:#1c1917;background:#fff;overflow-wrap:anywhere}"
    "img{max-width:100%;height:auto}"
)


def attachment_response(attachment: Attachment) -> FileResponse:
    """Always a download, whatever the sender says that it is."""
    try:
        file = default_storage.open(attachment.path) if attachment.path else None
    except FileNotFoundError:
        file = None
    if file is None:
        raise Http404(_("The file is no longer there."))
    response = FileResponse(
        file, as_attachment=True, filename=attachment.name or "file", content_type="application/octet-stream"
    )
    return _guarded(response)


def raw_response(mail: InboundMail) -> HttpResponse:
    """The mail as it came, as a file."""
    packed = RawMail.objects.filter(inbound=mail).values_list("packed", flat=True).first()
    if packed is None:
        raise Http404(_("The mail as it came is no longer there."))
    response = HttpResponse(zlib.decompress(bytes(packed)), content_type="message/rfc822")
    response["Content-Disposition"] = f'attachment; filename="mail-{str(mail.pk)[:8]}.eml"'
    return _guarded(response)


def _guarded[Response: (HttpResponse, FileResponse)](response: Response) -> Response:
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@xframe_options_sameorigin
def formatted_response(request: HttpRequest, html: str, attachments: Iterable[Any]) -> HttpResponse:
    """A mail's HTML in a page without scripts, forms, cookies or connections; `?images=1` lets pictures be fetched."""
    remote = " http: https:" if request.GET.get("images") == "1" else ""
    body = with_pictures(cleaned(html), attachments)
    title = nh3.clean_text(_("Mail"))
    page = f'<!doctype html><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>{body}'
    response = HttpResponse(page, content_type="text/html; charset=utf-8")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["Content-Security-Policy"] = (
        f"sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:{remote}; "
        "style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
    )
    return response


def cleaned(html: str) -> str:
    """Without anything that runs, loads or sends; links open outside and tell nobody where they were found."""
    attributes = {tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()}
    attributes["*"] = attributes.get("*", set()) | STYLED
    return nh3.clean(
        html,
        tags=nh3.ALLOWED_TAGS | LAYOUT,
        attributes=attributes,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def with_pictures(html: str, attachments: Iterable[Any]) -> str:
    """`cid:` addresses replaced by the pictures themselves, up to INLINE_BYTES in all."""
    by_id = {row.content_id.strip("<>"): row for row in attachments if row.content_id and row.content_type in PICTURES}
    left = INLINE_BYTES

    def put_in(match: re.Match[str]) -> str:
        nonlocal left
        row = by_id.get(match[2])
        if row is None or row.size > left or not default_storage.exists(row.path):
            return f"{match[1]}data:,"
        with default_storage.open(row.path) as file:
            content = file.read(left + 1)
        left -= len(content)
        return f"{match[1]}data:{row.content_type};base64,{base64.b64encode(content).decode()}"

    return CID.sub(put_in, html)
