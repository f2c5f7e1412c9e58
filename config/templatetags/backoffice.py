"""Values on the admin's own pages, as the columns of its lists show them."""

from typing import Any

from django import template
from django.contrib import admin
from django.db.models import Model

from config.backoffice import display
from config.backoffice.markdown import render_markdown

register = template.Library()


@register.filter
def row_title(value: Any) -> Any:
    """What the admin of a row calls it; anything else is left as it is."""
    if not isinstance(value, Model):
        return value
    model_admin = admin.site._registry.get(type(value))
    # Admins of ours have one; this module is loaded before they are.
    name_of = getattr(model_admin, "row_title", str)
    return name_of(value)


register.filter("ago", display.ago)
register.filter("money", display.money)
register.filter("count", display.count)
register.filter("duration", display.duration)
register.filter("initials", display.initials)
register.filter("markdown", render_markdown)
