"""What every template may ask about the product, also where no request is at hand (the 500 page)."""

from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config import VERSION

register = template.Library()

ICONS = "vendor/lucide-1.62.0/icons.svg"


@register.simple_tag
def product() -> dict[str, Any]:
    """`name`, `version`, `registration_open` and the URL of the icon sprite."""
    return {
        "name": settings.APP_NAME,
        "version": VERSION,
        "registration_open": settings.REGISTRATION_OPEN,
        "icons": static(ICONS),
    }


@register.simple_tag
def icon(name: str) -> SafeString:
    """A decorative icon of the sprite; the control around it carries the label."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static(ICONS), name)
