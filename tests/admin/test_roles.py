"""Roles: their chains are written down here."""

from typing import Any

from django.test import Client
from django.urls import reverse

from integrations.models import AIModel, AIProvider, ModelRole
from integrations.services.environment import sync_from_environment
from integrations.services.routing import chain_for


def page_url(role: ModelRole) -> str:
    return reverse("admin:integrations_modelrole_change", args=[role.pk])


def save(client: Client, role: ModelRole, *models: AIModel) -> Any:
    form = {"title": role.title, "place": role.place, "needs": role.needs}
    form |= {"steps-TOTAL_FORMS": str(len(models)), "steps-INITIAL_FORMS": "0"}
    for number, model in enumerate(models):
        form |= {f"steps-{number}-position": str(number + 1), f"steps-{number}-model": str(model.pk)}
    return client.post(page_url(role), form)


def two_models(provider: AIProvider) -> list[AIModel]:
    return [AIModel.objects.create(key=key, provider=provider, name=key, title=key.title()) for key in ("a", "b")]


def test_a_chain_is_written_down_and_followed(admin: Client, provider: AIProvider) -> None:
    sync_from_environment()
    first, second = two_models(provider)
    role = ModelRole.objects.get(key="code")
    assert save(admin, role, second, first).status_code == 302
    assert [route.model_key for route in chain_for("code")] == ["b", "a"]
    assert "B → A" in admin.get("/admin/integrations/modelrole/").content.decode()


def test_a_model_stands_in_a_chain_once(admin: Client, provider: AIProvider) -> None:
    sync_from_environment()
    first, _ = two_models(provider)
    role = ModelRole.objects.get(key="code")
    assert save(admin, role, first, first).status_code == 200
    assert not role.steps.exists()


def test_roles_that_clients_know_by_name_stay(admin: Client, db: None) -> None:
    sync_from_environment()
    role = ModelRole.objects.get(key="code")
    url = reverse("admin:integrations_modelrole_delete", args=[role.pk])
    assert admin.post(url, {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": [str(role.pk)], "post": "yes"}
    admin.post("/admin/integrations/modelrole/", action)
    assert ModelRole.objects.filter(key="code").exists()
