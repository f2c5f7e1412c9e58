"""The admin's skin (django-unfold) and what it needs from the content policy."""

from typing import Any

from django.templatetags.static import static
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from config.settings.apps import APP_NAME
from config.settings.security import SECURE_CSP

# The skin evaluates its attributes (Alpine) and sets inline styles, and opens related objects in frames of
# its own. Everything else keeps the strict policy; 'unsafe-inline' would be void beside a nonce.
BACKOFFICE_CSP: dict[str, Any] = {
    **SECURE_CSP,
    "script-src": [CSP.SELF, CSP.NONCE, CSP.UNSAFE_EVAL],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    "frame-ancestors": [CSP.SELF],
}

# Our own page lists the locked log-ins; the one that comes with django-axes shows more than staff need.
AXES_ENABLE_ADMIN = False

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": APP_NAME,
    "SITE_HEADER": APP_NAME,
    "SITE_SUBHEADER": _("Back office"),
    "SITE_URL": "/",
    "SITE_SYMBOL": "forum",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/mark.svg")},
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "BORDER_RADIUS": "8px",
    "STYLES": [lambda request: static("admin-ext/backoffice.css")],
    "COMMAND": {"search_callback": "config.backoffice.search.find", "show_history": True},
    "SIDEBAR": {"show_search": True, "navigation": "config.backoffice.navigation.sidebar"},
    "COLORS": {
        "primary": {
            "50": "#f0faf7",
            "100": "#d8f1ea",
            "200": "#b3e3d7",
            "300": "#82cfbd",
            "400": "#4fb5a0",
            "500": "#2a9a86",
            "600": "#0b6e63",
            "700": "#095a51",
            "800": "#0a4842",
            "900": "#0a3c37",
            "950": "#032320",
        },
    },
}
