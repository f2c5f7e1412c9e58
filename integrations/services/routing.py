"""Which models answer, in which order."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import Q
from django.utils.translation import gettext

from integrations.choices import ModelKind
from integrations.models import AIModel, AIProvider, ModelRole
from integrations.providers.pool import Account
from integrations.services.environment import LOCAL_ANSWERS
from integrations.services.providers import account_of

DEFAULT_ROLE = "default"


@dataclass(frozen=True, slots=True)
class Route:
    """A model to call. `degraded` says why it is not what was wanted.

    no_model: there is only the knowledge base; provider_down: no model's provider can be reached; not_configured:
    no model can do what was asked for; fallback: another model failed before. `provider` is the account that is
    charged and whose failures count; there is none for local answers, and with `own_key`, when the caller pays.
    """

    provider_key: str
    model_key: str
    model_name: str
    title: str
    account: Account
    row: AIModel | None = None
    degraded: str = ""
    role: str = ""
    own_key: bool = False
    provider: AIProvider | None = None


def shown_title(model_key: str, title: str) -> str:
    """The model's title for people; local answers are no model's name and are said in the active language."""
    return gettext("Local answers") if model_key == LOCAL_ANSWERS else title


def usable_models() -> list[AIModel]:
    """Models that may be chosen, the default one first."""
    return list(AIModel.objects.usable().select_related("provider"))


def default_route() -> Route:
    """The first model of the default chain."""
    return default_chain()[0]


def route_for(requested: str) -> Route:
    return chain_for(requested)[0]


def chain_for(requested: str) -> list[Route]:
    """The models to ask, in order, for a role's key, a model's key or a model's name; never empty.

    Empty, unknown and switched off mean the default chain.
    """
    if not requested:
        return default_chain()
    if role := ModelRole.objects.filter(key=requested).first():
        return role_chain(role)
    model = AIModel.objects.usable().filter(Q(key=requested) | Q(name=requested)).select_related("provider").first()
    return chain_after(model) if model else default_chain()


def default_chain() -> list[Route]:
    """The steps of the role `default`, else all usable models by priority."""
    role = ModelRole.objects.filter(key=DEFAULT_ROLE).first()
    return _reachable((_steps(role) if role else []) or usable_models())


def role_chain(role: ModelRole) -> list[Route]:
    """The role's steps, else what suits it; where nothing does, the default chain, said to be a substitute."""
    models = _steps(role) or [model for model in usable_models() if role.suits(model) and not _is_local_answers(model)]
    if models and role.key != DEFAULT_ROLE:
        return [replace(route, role=role.key) for route in _reachable(models)]
    chain = default_chain()
    if role.key == DEFAULT_ROLE:
        return chain
    return [replace(route, role=role.key, degraded=route.degraded or "not_configured") for route in chain]


def chain_after(model: AIModel) -> list[Route]:
    """The chosen model, then the default chain. Who chose a model of our own keeps his words in the house."""
    first = route_to(model, degraded="no_model" if _is_local_answers(model) else "")
    others = [route for route in default_chain() if route.model_key != model.key]
    if model.is_local:
        others = [route for route in others if route.row is not None and route.row.is_local]
    return [first, *others]


def embedding_route(requested: str = "") -> Route | None:
    """The model for vectors; there is no second one, because vectors of different models do not compare."""
    models = AIModel.objects.usable(ModelKind.EMBEDDING).select_related("provider")
    if requested:
        models = models.filter(Q(key=requested) | Q(name=requested))
    model = models.first()
    return route_to(model) if model else None


def reranking_route() -> Route | None:
    """The model that puts passages in order: the first usable one of its kind, None where there is none."""
    model = AIModel.objects.usable(ModelKind.RERANKER).select_related("provider").first()
    return route_to(model) if model else None


def route_to(model: AIModel, *, degraded: str = "") -> Route:
    provider = model.provider
    charged = None if _is_local_answers(model) else provider
    return Route(
        provider.key, model.key, model.name, model.title, account_of(provider), model, degraded, provider=charged
    )


def route_with_key(provider_key: str, *, name: str, api_key: str, own_key: bool = True) -> Route:
    """A call to a known provider with this key, whether or not the provider is switched on."""
    provider = AIProvider.objects.get(key=provider_key)
    row = AIModel.objects.filter(provider=provider, name=name).select_related("provider").first()
    account = Account(provider.kind, provider.base_url, api_key)
    return Route(
        provider.key,
        row.key if row else name,
        name,
        row.title if row else name,
        account,
        row,
        own_key=own_key,
        provider=None if own_key else provider,
    )


def ready_roles() -> dict[str, str | None]:
    """For each role the key of the model that would be asked first; None when the role has none of its own."""
    found = {role.key: role_chain(role)[0] for role in ModelRole.objects.order_by("key")}
    return {key: None if route.degraded else route.model_key for key, route in found.items()}


def _steps(role: ModelRole) -> list[AIModel]:
    steps = role.steps.filter(model__in=AIModel.objects.usable()).select_related("model__provider")
    return [step.model for step in steps]


def _reachable(models: list[AIModel]) -> list[Route]:
    """Models of providers that are not known to be down; all of them when there is no other."""
    up = [model for model in models if model.provider.healthy is not False]
    return list(_routes(up or models, first=models[0] if models else None)) or [_no_model()]


def _routes(models: Iterable[AIModel], *, first: AIModel | None) -> Iterable[Route]:
    for model in models:
        if not _is_local_answers(model):
            yield route_to(model)
        else:
            yield route_to(model, degraded="no_model" if model == first else "provider_down")


def _is_local_answers(model: AIModel) -> bool:
    return model.provider.key == LOCAL_ANSWERS


def _no_model() -> Route:
    return Route(
        LOCAL_ANSWERS, LOCAL_ANSWERS, LOCAL_ANSWERS, "Local answers", Account("local", "", ""), None, "no_model"
    )
