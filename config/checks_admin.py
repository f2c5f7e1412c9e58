"""The admin skin ignores flags that it does not know; here they are errors."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.checks import CheckMessage, Error, Tags, register

from config.admin import BackOfficeSite, ModelAdmin, TabularInline

# Flags that the skin reads without declaring them on its classes.
UNDECLARED = frozenset(
    {
        "change_form_datasets",
        "change_form_show_cancel_button",
        "compressed_fields",
        "conditional_fields",
        "list_sections",
        "list_sections_classes",
        "radio_fields",
        "template_after",
        "template_before",
    }
)
# Declared by their own modules and read by name on the classes that use them.
SKIN_PACKAGES = ("unfold.", "django.")
# Read by the skin without a default.
WITHOUT_DEFAULT = frozenset({"BORDER_RADIUS", "THEME"})
FREE_FORM = frozenset({"COLORS", "FORMS", "LANGUAGE_FLAGS"})


@register(Tags.admin)
def check_admin_flags(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """config.E101: an attribute of an admin class that neither Django, nor the skin, nor our base classes know."""
    sites = admin.site
    if not isinstance(sites, BackOfficeSite):
        return [Error("The default admin site is not ours.", id="config.E103")]
    return [
        Error(
            f"{owner.__module__}.{owner.__name__}.{name} is no flag of the admin, its skin or our base classes.",
            hint="The skin would ignore it silently. Is it misspelt?",
            obj=owner,
            id="config.E101",
        )
        for owner in _classes()
        for name in unknown_flags(owner)
    ]


@register(Tags.admin)
def check_skin_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """config.E102: a key of UNFOLD that the skin does not know."""
    from unfold.settings import CONFIG_DEFAULTS

    return [
        Error(f"UNFOLD has the unknown key {key}.", hint="The skin would ignore it silently.", id="config.E102")
        for key in _unknown_keys(settings.UNFOLD, CONFIG_DEFAULTS)
    ]


def unknown_flags(owner: type) -> Iterator[str]:
    """Plain data attributes that `owner` and its own base classes add to what is known."""
    known = _known_names(owner)
    for cls in owner.__mro__:
        if cls in {ModelAdmin, TabularInline} or cls.__module__.startswith(SKIN_PACKAGES) or cls is object:
            continue
        yield from (name for name, value in vars(cls).items() if name not in known and _is_flag(name, value))


def _known_names(owner: type) -> set[str]:
    foreign = [cls for cls in owner.__mro__ if cls.__module__.startswith(SKIN_PACKAGES)]
    names = {name for cls in [*foreign, ModelAdmin, TabularInline] for name in dir(cls)}
    return names | UNDECLARED


def _is_flag(name: str, value: Any) -> bool:
    return not (name.startswith("_") or callable(value) or isinstance(value, property | classmethod | staticmethod))


def _classes() -> Iterator[type]:
    for model_admin in admin.site._registry.values():
        yield type(model_admin)
        yield from model_admin.inlines


def _unknown_keys(given: Mapping[str, Any], known: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in given.items():
        if key not in known and key not in WITHOUT_DEFAULT:
            yield f"{prefix}{key}"
        elif key not in FREE_FORM and isinstance(value, dict) and isinstance(known.get(key), dict):
            yield from _unknown_keys(value, known[key], f"{prefix}{key}.")
