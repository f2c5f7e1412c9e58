"""Stable names for jobs, and the models that do them."""

import pytest

from integrations.models import AIModel, AIProvider, ModelRole, RoleStep
from integrations.services.environment import ROLES, sync_from_environment
from integrations.services.routing import chain_for, ready_roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry(db):
    """A model of our own and two in the cloud, of which one sees."""
    home = AIProvider.objects.create(key="home", name="Home", kind="openai", base_url="http://127.0.0.1:9/v1")
    cloud = AIProvider.objects.create(key="cloud", name="Cloud", kind="openai", base_url="https://example.org/v1")
    AIModel.objects.create(key="qwen", provider=home, name="qwen", title="Qwen", is_local=True, priority=10)
    AIModel.objects.create(key="gpt", provider=cloud, name="gpt", title="GPT", priority=20)
    AIModel.objects.create(key="eyes", provider=cloud, name="eyes", title="Eyes", priority=30, capabilities=["vision"])
    sync_from_environment()


def keys(requested):
    return [route.model_key for route in chain_for(requested)]


def steps(role, *models):
    found = ModelRole.objects.get(key=role)
    for position, key in enumerate(models, 1):
        RoleStep.objects.create(role=found, model=AIModel.objects.get(key=key), position=position)


def test_the_roles_are_there_from_the_first_start(registry):
    assert set(ModelRole.objects.values_list("key", flat=True)) == set(ROLES)


def test_a_role_without_steps_takes_what_suits_it(registry):
    assert keys("personality") == ["qwen"]
    assert keys("cloud_universal") == ["gpt", "eyes"]
    assert keys("cloud_vision") == ["eyes"]
    assert chain_for("code")[0].role == "code"


def test_steps_are_followed_in_their_order(registry):
    steps("code", "eyes", "qwen")
    assert keys("code") == ["eyes", "qwen"]


def test_the_default_chain_can_be_written_down(registry):
    steps("default", "gpt", "qwen")
    assert keys("") == keys("nonsense") == ["gpt", "qwen"]


def test_a_step_whose_model_is_switched_off_is_left_out(registry):
    steps("code", "eyes", "qwen")
    AIModel.objects.filter(key="eyes").update(enabled=False)
    assert keys("code") == ["qwen"]


def test_a_role_that_nothing_suits_is_done_by_the_default_models_and_it_is_said(registry):
    AIModel.objects.filter(key="eyes").update(enabled=False)
    assert keys("cloud_vision")[0] == "qwen"
    assert chain_for("cloud_vision")[0].degraded == "not_configured"
    assert ready_roles()["cloud_vision"] is None
    assert ready_roles()["cloud_universal"] == "gpt"


def test_a_chosen_model_comes_first_and_is_followed_by_the_others(registry):
    assert keys("gpt") == ["gpt", "qwen", "eyes", "local-answers"]


def test_who_chose_a_model_of_ours_is_not_sent_to_the_cloud(registry):
    assert keys("qwen") == ["qwen", "local-answers"]


def test_providers_that_are_down_are_passed_over_until_no_other_is_left(registry):
    AIProvider.objects.filter(key="home").update(healthy=False)
    assert keys("") == ["gpt", "eyes", "local-answers"]
    assert keys("personality") == ["qwen"]


def test_capabilities_are_words_that_are_known(registry):
    from django.core.exceptions import ValidationError

    model = AIModel.objects.get(key="gpt")
    model.capabilities = ["telepathy"]
    with pytest.raises(ValidationError):
        model.full_clean()
