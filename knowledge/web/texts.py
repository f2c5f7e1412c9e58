"""What went wrong with a page or a site, for people. Rows keep the codes, so that everybody reads their language.

Codes are those of integrations.http and of knowledge.readers, `status_` with a number, and ours.
"""

from django.utils.translation import gettext as _

from knowledge.texts import error_text
from knowledge.web.locations import host_of


def explain(code: str, url: str) -> str:
    """Why the page or sitemap at `url` is not as it should be, in the active language; empty for no error."""
    if not code:
        return ""
    values = {"host": host_of(url), "status": code.removeprefix("status_")}
    if code.startswith("status_"):
        return _("%(host)s answered with status %(status)s.") % values
    text = (_of_ours() | _of_the_network()).get(code)
    return text % values if text else error_text(code)


def _of_ours() -> dict[str, str]:
    return {
        "missing": _("The page was not found. If it is not found the next time either, its document is withdrawn."),
        "gone": _("The page is gone; its document has been withdrawn. It returns when the page does."),
        "robots": _("The site's robots.txt asks programs not to fetch this page."),
        "elsewhere": _("Another website of the list keeps this page."),
        "moved": _("The address leads to another page of this website."),
        "left": _("The address leads to a site that is not this one."),
        "no_pages": _("There are no pages of this site in the sitemap."),
        "no_sitemap": _("There is no sitemap at this address."),
        "bad_sitemap": _("The sitemap is damaged, or it is none."),
        "big_sitemap": _("The sitemap is too big."),
        "fault": error_text("internal"),
    }


def _of_the_network() -> dict[str, str]:
    """Never more than the page's own host: where a redirect leads is nobody's business."""
    refused = _("The address is, or leads to, one that this server does not call.")
    private = _(
        "The address is, or leads to, one in a private network. "
        "The owner of the server can open such addresses in INTERNAL_HOSTS."
    )
    return {
        "timeout": _("%(host)s did not answer in time."),
        "connect": _("%(host)s cannot be reached."),
        "dns": _("The name %(host)s cannot be found."),
        "tls": _("%(host)s has no valid certificate for its name."),
        "bad_response": _("The answer of %(host)s is damaged or was cut off."),
        "encoding": _("%(host)s answered in an encoding that was not asked for."),
        "too_large": _("The page is too large."),
        "redirects": _("%(host)s redirects too often."),
        "downgrade": _("%(host)s redirects from https:// to http://."),
        "internal": private,
        "port": _("The port of the address is closed. The owner of the server can open it in INTERNAL_HOSTS."),
        **dict.fromkeys(("address", "denied", "own_host", "scheme", "userinfo", "url", "host", "redirect"), refused),
    }
