"""Tokens of a widget: who gets one, from where, and where it opens."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AccessToken, AnonymousSubscriber
from accounts.services.tokens import issue_user_token, issue_visitor_token
from chat.widgets.models import WidgetSession, WidgetSighting
from chat.widgets.services.changes import delete_widget, replace_key, save_widget, switch_widget
from tests.widgets.conftest import SHOP, STRANGER, Visitor, make_widget

pytestmark = pytest.mark.django_db


def test_a_page_on_the_list_gets_a_token(visit, widget):
    visitor = visit()
    assert visitor.opened.status_code == 200
    assert visitor.body["token_type"] == "bearer"
    assert visitor.body["config"]["key"] == widget.key
    assert visitor.body["conversation"] is None
    assert visitor.opened["Access-Control-Allow-Origin"] == SHOP
    assert "Origin" in visitor.opened["Vary"]
    assert "Access-Control-Allow-Credentials" not in visitor.opened
    assert visitor.opened["Cache-Control"] == "no-store"


@pytest.mark.parametrize("origin", [STRANGER, "null", "https://shop.example.com.evil.org", "file://"])
def test_other_pages_are_refused_with_the_reason(visit, origin):
    refused = visit(origin=origin)
    assert refused.opened.status_code == 403
    assert len(refused.body["detail"]) > 20
    assert "Access-Control-Allow-Origin" not in refused.opened
    assert not AnonymousSubscriber.objects.exists()


def test_without_an_origin_there_is_no_session(api, widget):
    answer = api.post(f"/api/v1/widgets/{widget.key}/session")
    assert answer.status_code == 403
    assert "Origin" in answer.json()["detail"]


def test_an_unknown_and_a_switched_off_widget(visit, widget, api):
    assert api.post("/api/v1/widgets/w_nothing/session", headers={"origin": SHOP}).status_code == 404
    switch_widget(widget, enabled=False, actor=None)
    assert visit().opened.status_code == 403
    # Its sites may read why, so that an open panel can say that the chat is closed.
    assert visit().opened["Access-Control-Allow-Origin"] == SHOP
    assert "Access-Control-Allow-Origin" not in visit(origin=STRANGER).opened


@pytest.mark.parametrize("path", ["", "/session", "/turns"])
def test_preflights_name_the_page_or_nobody(api, widget, path):
    def ask(origin):
        headers = {"origin": origin, "access-control-request-method": "POST"}
        return api.options(f"/api/v1/widgets/{widget.key}{path}", headers=headers)

    allowed, refused = ask(SHOP), ask(STRANGER)
    assert allowed["Access-Control-Allow-Origin"] == SHOP
    assert "authorization" in allowed["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in allowed
    assert "Access-Control-Allow-Origin" not in refused
    assert "Origin" in allowed["Vary"] and "Origin" in refused["Vary"]


def test_the_list_of_credential_origins_does_not_open_a_widget(visit, settings):
    settings.CORS_CREDENTIALS_ORIGINS = [STRANGER]
    assert "Access-Control-Allow-Origin" not in visit(origin=STRANGER).opened


def test_a_form_does_as_well_as_json_and_needs_no_preflight(api, widget):
    answer = api.post(
        f"/api/v1/widgets/{widget.key}/session",
        "resume=",
        content_type="application/x-www-form-urlencoded",
        headers={"origin": SHOP},
    )
    assert answer.status_code == 200


def test_the_same_visitor_comes_back_with_the_key(visit):
    first = visit()
    again = visit(resume=first.body["resume"])
    assert again.token != first.token
    assert again.body["resume"] == first.body["resume"]
    assert WidgetSession.objects.count() == AnonymousSubscriber.objects.count() == 1


def test_the_key_works_on_its_own_site_and_widget_alone(visit, widget):
    widget.origins = [SHOP, STRANGER]
    widget.save()
    first = visit()
    visit(resume=first.body["resume"], origin=STRANGER)
    visit(resume=first.body["resume"], widget=make_widget(name="Other"))
    visit(resume="nonsense")
    assert WidgetSession.objects.count() == 4


def test_the_key_is_kept_as_a_digest(visit):
    visitor = visit()
    assert visitor.body["resume"] not in str(WidgetSession.objects.values().get())


def test_tokens_are_short(visit, settings):
    settings.WIDGET_TOKEN_MINUTES = 10
    visit()
    assert AccessToken.objects.filter(expires_at__lt=timezone.now() + timedelta(minutes=11)).exists()


def test_a_token_opens_its_own_widget_only(visit):
    mine, other = visit(), visit(widget=make_widget(name="Other"))
    assert mine.get("/conversation").status_code == 200
    mine.widget = other.widget
    assert mine.get("/conversation").status_code == 403
    assert mine.ask().status_code == 403


@pytest.mark.parametrize("path", ["/conversation", "/turns"])
def test_a_stolen_token_is_of_no_use_on_another_site(visit, path):
    visitor = visit()
    visitor.origin = STRANGER
    call = visitor.get if path == "/conversation" else visitor.post
    assert call(path).status_code == 403


def test_the_panel_on_our_own_origin_may_use_the_token(visit):
    visitor = visit()
    assert visitor.get("/conversation", origin="http://testserver").status_code == 200
    assert (
        APIClient().get(visitor.path("/conversation"), headers={"authorization": f"Bearer {visitor.token}"}).status_code
        == 200
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/v1/conversations"),
        ("get", "/api/v1/models"),
        ("post", "/api/v1/turns"),
        ("post", "/api/chat"),
        ("post", "/api/v1/chat/send"),
    ],
)
def test_a_widgets_token_opens_no_other_route(visit, method, path, settings):
    settings.CHAT_ANONYMOUS = True
    headers = {"authorization": f"Bearer {visit().token}"}
    answer = getattr(APIClient(), method)(path, {"message": "x"}, format="json", headers=headers)
    assert answer.status_code == 403


def test_tokens_of_others_do_not_open_a_widget(visit, alice, visitor):
    guest = visit()
    for raw in (issue_user_token(alice), issue_visitor_token(visitor), "nonsense"):
        guest.token = raw
        assert guest.get("/conversation").status_code in {401, 403}


def end_by(change, widget):
    if change == "off":
        switch_widget(widget, enabled=False, actor=None)
    elif change == "site removed":
        widget.origins = [STRANGER]
        save_widget(widget, actor=None)
    elif change == "new key":
        replace_key(widget, actor=None)
    else:
        delete_widget(widget, actor=None)


@pytest.mark.parametrize("change", ["off", "site removed", "new key", "deleted"])
def test_sessions_end_with_the_permission(visit, widget, change, settings):
    settings.CHAT_ANONYMOUS = True
    visitor = visit()
    end_by(change, widget)
    assert visitor.get("/conversation").status_code in {401, 403, 404}
    assert AccessToken.objects.get().revoked_at is not None
    # Also nowhere else: the token does not turn into one of an ordinary visitor.
    headers = {"authorization": f"Bearer {visitor.token}"}
    assert APIClient().get("/api/v1/conversations", headers=headers).status_code == 401


def test_a_session_whose_widget_is_gone_opens_nothing(visit, widget, settings):
    settings.CHAT_ANONYMOUS = True
    visitor = visit()
    widget.delete()
    headers = {"authorization": f"Bearer {visitor.token}"}
    assert APIClient().get("/api/v1/conversations", headers=headers).status_code == 403


def test_saving_leaves_sessions_on_allowed_sites_alone(visit, widget):
    visitor = visit()
    widget.accent = "#112233"
    save_widget(widget, actor=None)
    assert visitor.get("/conversation").status_code == 200


def test_sessions_are_counted_by_address(visit, monkeypatch):
    from accounts.api.throttling import AddressRateThrottle

    monkeypatch.setattr(AddressRateThrottle, "THROTTLE_RATES", {"widget_session": "2/min"})
    assert [visit().opened.status_code for _ in range(3)] == [200, 200, 429]


def test_where_the_script_runs_is_noted(visit, widget):
    visit()
    visit()
    visit(origin=STRANGER)
    visit(origin="http://testserver")
    seen = dict(WidgetSighting.objects.values_list("origin", "refused"))
    assert seen == {SHOP: False, STRANGER: True}


def test_made_up_origins_fill_no_table(widget):
    for number in range(30):
        Visitor(widget, origin=f"https://x{number}.example.org")
    assert WidgetSighting.objects.count() == 20
    Visitor(widget)
    assert WidgetSighting.objects.accepted().count() == 1
