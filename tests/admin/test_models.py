"""The registry of models: the default one, order and prices."""

from typing import Any

from django.test import Client
from django.urls import reverse

from integrations.models import AIModel, AIProvider
from integrations.services.routing import default_route

LIST = "/admin/integrations/aimodel/"


def make(provider: AIProvider, key: str, priority: int) -> AIModel:
    model: AIModel = AIModel.objects.create(key=key, provider=provider, name=key, title=key.title(), priority=priority)
    return model


def defaults(client: Client) -> list[str]:
    return [row.key for row in client.get(LIST).context["cl"].result_list if row.answers_by_default]


def save_list(client: Client, models: list[AIModel], **changes: Any) -> Any:
    form: dict[str, Any] = {"form-TOTAL_FORMS": len(models), "form-INITIAL_FORMS": len(models), "_save": "1"}
    for number, model in enumerate(models):
        values = {"id": model.pk, "priority": model.priority, "enabled": "on"}
        form |= {f"form-{number}-{name}": value for name, value in values.items()}
    return client.post(LIST, {**form, **changes})


def test_the_default_model_is_marked_and_follows_the_priority(admin: Client, provider: AIProvider) -> None:
    models = [make(provider, "first", 10), make(provider, "second", 20)]
    assert defaults(admin) == ["first"]
    assert save_list(admin, models, **{"form-1-priority": 5}).status_code == 302
    assert default_route().model_key == "second"
    assert defaults(admin) == ["second"]


def test_a_negative_price_is_refused(admin: Client, provider: AIProvider) -> None:
    model = make(provider, "first", 10)
    form = {
        "title": "First",
        "provider": str(provider.pk),
        "name": "first",
        "kind": "chat",
        "capabilities": ["tools"],
        "priority": 10,
        "context_window": 1000,
        "max_output_tokens": 100,
        "input_price": "-1",
        "output_price": "2.5",
    }
    url = reverse("admin:integrations_aimodel_change", args=[model.pk])
    assert admin.post(url, form).status_code == 200
    assert admin.post(url, {**form, "input_price": "1.25"}).status_code == 302
    model.refresh_from_db()
    assert str(model.input_price) == "1.250000"
    assert model.capabilities == ["tools"]


def test_the_key_stays_because_statistics_refer_to_it(admin: Client, provider: AIProvider) -> None:
    model = make(provider, "first", 10)
    page = admin.get(reverse("admin:integrations_aimodel_change", args=[model.pk])).content.decode()
    assert 'name="key"' not in page


def test_a_provider_is_chosen_by_search(admin: Client, provider: AIProvider) -> None:
    query = {"app_label": "integrations", "model_name": "aimodel", "field_name": "provider", "term": "house"}
    found = admin.get("/admin/autocomplete/", query).json()
    assert [row["text"] for row in found["results"]] == ["House server"]
