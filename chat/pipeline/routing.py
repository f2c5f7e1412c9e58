"""Which models think and which answer, by the kind of work and how hard it is."""

from collections.abc import Mapping, Sequence

from chat.pipeline.analysis import PLANNED, Analysis
from chat.pipeline.choices import TaskType
from integrations.models import ModelRole
from integrations.remember import remembered
from integrations.services.routing import Route, default_chain, role_chain

CODE, REASON, PERSONALITY = "code", "reason", "personality"
CLOUD_CODE, CLOUD_UNIVERSAL = "cloud_code", "cloud_universal"
# What thinks: analyses, plans and judges.
THINKING = REASON
CLOUD = (CLOUD_CODE, CLOUD_UNIVERSAL)
BY_TYPE = {
    TaskType.CODE: CODE,
    TaskType.TALK: PERSONALITY,
    TaskType.CREATIVE: PERSONALITY,
}

Chains = Mapping[str, Sequence[Route]]


def chains() -> Chains:
    """The chains of the roles that have a model of their own; the default chain follows each.

    A role of the house counts when staff have named its models: by themselves cheap local models would take the place
    of the default. A role of the cloud counts when any model of the cloud can be used.
    """
    return remembered(("pipeline-chains",), _chains)


def _chains() -> Chains:
    default = default_chain()
    found: dict[str, Sequence[Route]] = {}
    roles = ModelRole.objects.filter(key__in=[CODE, REASON, PERSONALITY, *CLOUD]).prefetch_related("steps")
    for role in roles:
        if role.key not in CLOUD and not role.steps.all():
            continue
        chain = role_chain(role)
        if not chain[0].degraded:
            known = {route.model_key for route in chain}
            found[role.key] = [*chain, *(route for route in default if route.model_key not in known)]
    return found


def answering(analysis: Analysis, plain: Sequence[Route], roles: Chains, *, failures: int) -> Sequence[Route]:
    """The models to ask for an answer: in the cloud for hard work and after a failed attempt, where there is one."""
    if analysis.complexity >= PLANNED or failures:
        cloud = CLOUD_CODE if analysis.task_type == TaskType.CODE else CLOUD_UNIVERSAL
        if cloud in roles:
            return roles[cloud]
    return roles.get(BY_TYPE.get(analysis.task_type, REASON), plain)


def thinking(plain: Sequence[Route], roles: Chains) -> Sequence[Route]:
    """The models that analyse, plan and judge."""
    return roles.get(THINKING, plain)
