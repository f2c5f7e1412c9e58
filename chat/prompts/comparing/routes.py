"""Which models answer in a comparison."""

from integrations.services.environment import LOCAL_ANSWERS
from integrations.services.routing import Route, chain_for, usable_models


def routes_for(model: str) -> list[Route]:
    """The chosen model alone, else the default chain; without local answers, which follow no prompt. May be empty."""
    routes = [route for route in chain_for(model) if route.model_key != LOCAL_ANSWERS]
    return [route for route in routes if route.model_key == model] if model else routes


def model_choices() -> list[tuple[str, str]]:
    """Key and title of the models that can be chosen."""
    return [(model.key, model.title) for model in usable_models() if model.key != LOCAL_ANSWERS]
