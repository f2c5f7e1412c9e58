"""A worker's piece of a comparison: some answers at once on one event loop, for less than a minute."""

import asyncio
import time
from threading import Event

from chat.prompts.comparing.asking import Setting, outcome_of, setting_of
from chat.prompts.comparing.claims import claim_answer, claim_comparison, fail, finish, let_go, renew, store
from chat.prompts.comparing.db import in_db
from chat.prompts.comparing.routes import routes_for
from chat.prompts.models import PromptComparison
from chat.prompts.registry import specs
from integrations.calls.background import calls

PIECE_SECONDS = 40.0
AT_ONCE = 4
# How soon a cancelled comparison stops asking; the lease is renewed at the same time.
LOOK_SECONDS = 1.0
# Set when this process ends: whoever comes next goes on.
closing = Event()


def work_on_comparisons() -> bool:
    """A piece of the oldest comparison; False when there was nothing to do."""
    comparison = claim_comparison()
    if comparison is None:
        return False
    setting = _prepared(comparison)
    if isinstance(setting, str):
        fail(comparison, setting)
    else:
        calls.run(drive(comparison, setting))
    return True


def _prepared(comparison: PromptComparison) -> Setting | str:
    """What is needed to ask, or the code of what is lacking."""
    spec = specs().get(comparison.prompt.key)
    if spec is None or spec.trial is None:
        return "prompt_gone"
    if comparison.started_by is None:
        return "no_payer"
    routes = routes_for(comparison.model)
    return setting_of(comparison, spec, spec.trial, routes) if routes else "no_model"


async def drive(comparison: PromptComparison, setting: Setting) -> None:
    """Works until the piece is done or the comparison is not this worker's any more."""
    work = asyncio.create_task(_answers(comparison, setting))
    try:
        while not work.done():
            await asyncio.wait({work}, timeout=LOOK_SECONDS)
            if closing.is_set() or (not work.done() and not await in_db(renew, comparison)):
                return
        work.result()
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        if not await in_db(finish, comparison):
            await in_db(let_go, comparison)


async def _answers(comparison: PromptComparison, setting: Setting) -> None:
    until = time.monotonic() + PIECE_SECONDS
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(_some(comparison, setting, until))


async def _some(comparison: PromptComparison, setting: Setting, until: float) -> None:
    while time.monotonic() < until:
        answer = await in_db(claim_answer, comparison)
        if answer is None:
            return
        await in_db(store, answer, **await outcome_of(answer, setting))
