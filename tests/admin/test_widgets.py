"""Widgets in the back office: the form, the tag, the preview, the test page, and conversations by widget."""

from typing import Any

import pytest
from django.test import Client

from chat.models import Conversation
from chat.widgets.models import Widget
from chat.widgets.services.sightings import note_sighting

LIST = "/admin/chat/widget/"
SHOP = "https://shop.example.com"


@pytest.fixture
def widget(db: None) -> Widget:
    found: Widget = Widget.objects.create(name="Shop", origins=[SHOP])
    return found


def values(**fields: Any) -> dict[str, Any]:
    return {
        "name": "Shop",
        "enabled": "on",
        "origins": SHOP,
        "language": "auto",
        "accent": "#4f46e5",
        "icon": "message-circle",
        "position": "right",
        "theme": "auto",
        "visitor_per_minute": 6,
        "visitor_per_day": 100,
        "address_per_minute": 20,
        "address_per_day": 500,
        "keeps_pages": "on",
        "knows_guide": "on",
        **fields,
    }


def test_a_new_widget_leads_to_its_tag(admin: Client, db: None) -> None:
    answer = admin.post(f"{LIST}add/", values(suggestions_en="One?\n\nTwo?"), follow=True)
    widget = Widget.objects.get()
    assert answer.redirect_chain[-1][0] == f"{LIST}{widget.pk}/install/"
    text = answer.content.decode()
    assert f"data-widget=&quot;{widget.key}&quot;" in text
    assert "frame-src http://testserver" in text
    assert widget.suggestions_en == ["One?", "Two?"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("origins", f"{SHOP}\nshop.example.com", "Line 2"),
        ("accent", "red", "hexadecimal"),
        ("accent", "#12345g", "hexadecimal"),
        ("suggestions_en", "\n".join("abcdefg"), "At most 6"),
        ("suggestions_ru", "x" * 121, "120"),
        ("visitor_per_minute", "0", "greater than or equal to 1"),
        ("privacy_url", "javascript:alert(1)", "valid URL"),
        ("name", "", "required"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(
    admin: Client, widget: Widget, field: str, value: str, said: str
) -> None:
    answer = admin.post(f"{LIST}{widget.pk}/change/", values(**{field: value}))
    assert answer.status_code == 200
    assert said in " ".join(answer.context["adminform"].form.errors[field])


def test_a_star_is_allowed_with_a_warning(admin: Client, widget: Widget) -> None:
    answer = admin.post(f"{LIST}{widget.pk}/change/", values(origins="*"), follow=True)
    assert "at your expense" in " ".join(str(message) for message in answer.context["messages"])
    assert "at your expense" in admin.get(f"{LIST}{widget.pk}/install/").content.decode()


def test_saving_without_a_change_says_so(admin: Client, widget: Widget) -> None:
    widget.suggestions_en = ["One?"]
    widget.accent = "#4f46e5"
    widget.save()
    admin.post(f"{LIST}{widget.pk}/change/", values(suggestions_en="One?"))
    from django.contrib.admin.models import LogEntry

    assert LogEntry.objects.latest("pk").get_change_message() == "No fields changed."


def test_where_it_runs_is_told(admin: Client, widget: Widget) -> None:
    page = f"{LIST}{widget.pk}/install/"
    assert "not been seen" in admin.get(page).content.decode()
    note_sighting(widget, SHOP, refused=False)
    note_sighting(widget, "https://new.example.org", refused=True)
    text = admin.get(page).content.decode()
    assert SHOP in text and "https://new.example.org" in text
    assert "not on the list" in text


def test_the_preview_shows_what_stands_in_the_form(admin: Client, db: None) -> None:
    answer = admin.post(f"{LIST}preview/", values(title_ru="Привет <b>", preview_language="ru", accent="#ffff00"))
    body = answer.json()
    assert "Привет &lt;b&gt;" in body["html"]
    assert "<script" not in body["html"]
    assert "black" in body["note"]
    assert admin.post(f"{LIST}preview/", {"accent": "nonsense", "theme": "x"}).status_code == 200
    assert admin.get(f"{LIST}preview/").status_code == 405


def test_a_new_key_replaces_the_old_one(admin: Client, widget: Widget) -> None:
    answer = admin.post(f"{LIST}{widget.pk}/new-key/", {"_form_submitted": "True"})
    assert answer["HX-Redirect"] == f"{LIST}{widget.pk}/install/"
    assert Widget.objects.get().key != widget.key


@pytest.mark.parametrize(("name", "enabled"), [("switch_off", False), ("switch_on", True)])
def test_switching(admin: Client, widget: Widget, name: str, enabled: bool) -> None:
    admin.post(LIST, {"action": name, "_selected_action": [widget.pk]})
    assert Widget.objects.get().enabled is enabled


def test_deleting_keeps_the_conversations(admin: Client, widget: Widget) -> None:
    Conversation.objects.create(widget=widget, channel="widget", title="Kept")
    assert "1 conversation stays" in admin.get(f"{LIST}{widget.pk}/delete/").content.decode()
    admin.post(f"{LIST}{widget.pk}/delete/", {"post": "yes"})
    assert not Widget.objects.exists()
    assert Conversation.objects.get().widget is None


def test_the_test_page_is_for_staff_who_may_see_widgets(
    admin: Client, staff: Any, client: Client, widget: Widget
) -> None:
    page = f"/widget/{widget.key}/try/"
    assert client.get(page).status_code == 302
    assert f'data-widget="{widget.key}"' in admin.get(page).content.decode()
    clerk = staff("chat.view_conversation")
    assert clerk.get(page).status_code == 404
    assert clerk.get(f"{LIST}{widget.pk}/install/").status_code == 403
    assert clerk.post(f"{LIST}preview/").status_code == 403


def test_who_may_only_look_changes_nothing(staff: Any, widget: Widget) -> None:
    clerk = staff("chat.view_widget")
    assert clerk.get(f"{LIST}{widget.pk}/install/").status_code == 200
    assert clerk.get(f"/widget/{widget.key}/try/").status_code == 200
    assert clerk.post(f"{LIST}{widget.pk}/change/", values()).status_code == 403
    assert clerk.post(f"{LIST}{widget.pk}/new-key/", {"_form_submitted": "True"}).status_code == 403


def test_conversations_name_their_widget_and_page(admin: Client, widget: Widget) -> None:
    place = {"page": f"{SHOP}/cart", "language": "ru"}
    mine = Conversation.objects.create(widget=widget, channel="widget", title="From the shop", metadata=place)
    Conversation.objects.create(title="Elsewhere")
    text = admin.get("/admin/chat/conversation/", {"widget": widget.pk}).content.decode()
    assert "From the shop" in text and "Widget: Shop" in text and "Elsewhere" not in text
    assert f"{SHOP}/cart" in admin.get(f"/admin/chat/conversation/{mine.pk}/change/").content.decode()
