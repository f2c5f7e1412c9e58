"""Misspelt flags of the skin are errors, not silence."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.core.checks import run_checks
from django.test import override_settings

from chat.models import Message
from config.admin import ModelAdmin, ReadOnlyInline


@pytest.fixture
def registered() -> Iterator[Any]:
    def register(admin_class: type) -> None:
        admin.site.register(Message, admin_class)

    yield register
    admin.site.unregister(Message)


def errors() -> list[str]:
    return [f"{error.id} {error.msg}" for error in run_checks(tags=["admin"])]


def test_the_admins_of_the_product_are_clean() -> None:
    assert errors() == []


def test_an_unknown_flag_is_an_error(registered: Any) -> None:
    class Misspelt(ModelAdmin):
        list_fulwidth = True

    registered(Misspelt)
    [error] = errors()
    assert error.startswith("config.E101")
    assert "Misspelt.list_fulwidth" in error


def test_flags_of_inlines_are_looked_at_too(registered: Any) -> None:
    class Answers(ReadOnlyInline):
        model = Message
        hide_titel = True

    class Known(ModelAdmin):
        list_fullwidth = False
        conditional_fields: dict[str, str] = {}
        inlines = (Answers,)

    registered(Known)
    assert [error for error in errors() if "config." in error] == [
        error for error in errors() if "Answers.hide_titel" in error
    ]


@pytest.mark.parametrize("key", ["SIDEBR", "SIDEBAR.show_serch"])
def test_an_unknown_setting_is_an_error(settings: Any, key: str) -> None:
    outer, _, inner = key.partition(".")
    wrong = {outer: {**settings.UNFOLD.get(outer, {}), inner: True} if inner else True}
    with override_settings(UNFOLD={**settings.UNFOLD, **wrong}):
        assert errors() == [f"config.E102 UNFOLD has the unknown key {key}."]
