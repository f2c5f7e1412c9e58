"""Changes to mini-pages."""

import logging
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from chat.artifacts.generation import PURPOSE, Draft, Wish, generate, page_routes
from chat.artifacts.models import Artifact
from chat.artifacts.signals import artifact_rated
from chat.models import Turn
from chat.services.conversations import holder
from chat.turns.db import let_connections_go
from integrations.budgets.spending import refuse_when_spent
from integrations.calls.background import calls
from integrations.services.usage import Caller

logger = logging.getLogger(__name__)


def make_artifact(wish: Wish, *, actor: Any) -> Artifact:
    """Makes and stores a page for `actor`; waits for the model, and goes on when the asker leaves.

    Raises BudgetExceeded and GeneratorFailed. Not for an event loop's thread, nor within a transaction.
    """
    caller = Caller(actor, purpose=PURPOSE) if isinstance(actor, User) else Caller(purpose=PURPOSE, visitor=True)
    routes = page_routes() if wish.data is None else []
    if routes:
        refuse_when_spent(caller, lambda: routes[0])
    let_connections_go()
    return store_artifact(calls.run(generate(wish, routes, caller)), actor=actor)


def store_artifact(draft: Draft, *, actor: Any, turn: Turn | None = None) -> Artifact:
    """The stored page; a turn has one, so that one which is begun again finds it."""
    artifact = Artifact(
        **holder(actor),
        turn=turn,
        conversation_id=turn.conversation_id if turn else None,
        task=draft.wish.task,
        title=draft.title,
        language=draft.wish.language,
        template=draft.template,
        html=draft.html,
        css=draft.css,
        js=draft.js,
        data=draft.data,
        model_key=draft.route.model_key if draft.route else "",
        degraded=draft.degraded,
    )
    try:
        with transaction.atomic():
            artifact.save(force_insert=True)
    except IntegrityError:
        earlier = Artifact.objects.filter(turn=turn).first() if turn else None
        if earlier is None:
            raise
        return earlier
    logger.info("mini-page %s made for %s", artifact.pk, actor)
    return artifact


@transaction.atomic
def rate_artifact(artifact: Artifact, rating: int, *, actor: Any) -> None:
    """Stores 1 to 5; a later rating replaces the earlier one. Raises Artifact.DoesNotExist when it has gone."""
    artifact.rating, artifact.rated_at = rating, timezone.now()
    found = Artifact.objects.filter(pk=artifact.pk).update(rating=rating, rated_at=artifact.rated_at)
    if not found:
        raise Artifact.DoesNotExist
    artifact_rated.send(sender=Artifact, artifact=artifact, actor=actor)
    logger.info("mini-page %s rated %d by %s", artifact.pk, rating, actor)


def delete_artifact(artifact: Artifact, *, actor: Any) -> None:
    logger.info("mini-page %s deleted by %s", artifact.pk, actor)
    artifact.delete()
