"""What is kept of a call: the row in the ledger, and what it says about the provider's account."""

import logging
import uuid
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from integrations.budgets.spending import FIRST_STEP, give_back, reserve, spend
from integrations.calls import circuit
from integrations.choices import CallOutcome
from integrations.models import AIModel, UsageRecord
from integrations.providers.base import Usage
from integrations.providers.errors import ProviderError
from integrations.services.providers import mark_health
from integrations.services.routing import Route
from integrations.services.usage import (
    Call,
    Caller,
    close_record,
    cost_of,
    estimate_tokens,
    open_record,
    record_call,
)

logger = logging.getLogger(__name__)

# No call lasts so much longer than the longest turn.
GRACE = timedelta(seconds=60)


@dataclass(slots=True)
class Admission:
    """The permission to call. With `probe` it is the one call that tries whether a provider works again.

    `record` is the call's open row in the ledger; with `is_budgeted` something is set aside under the same key.
    `is_used` once the provider was asked.
    """

    probe: bool = False
    is_budgeted: bool = False
    record: UUID | None = None
    is_used: bool = False


def is_accounted_for(route: Route) -> bool:
    """Whether somebody pays for the call; local answers cost nothing."""
    return route.provider is not None or route.own_key


def admit(route: Route, caller: Caller, prompt_tokens: int, *, attempt: int = 1) -> Admission:
    """Raises ProviderError where the call may not be made, BudgetExceeded where it may not be paid for.

    Otherwise the ledger has a row for the call, which is closed by `enter` or, when this process dies, without it.
    """
    record, probe, is_budgeted = uuid.uuid4(), False, False
    if route.provider is not None:
        is_budgeted = reserve(record, caller, route, Usage(prompt_tokens, FIRST_STEP))
        try:
            probe = circuit.admit(route.provider.pk)
        except ProviderError:
            if is_budgeted:
                give_back(record)
            raise
    open_record(record, route, caller, prompt_tokens=prompt_tokens, attempt=attempt)
    return Admission(probe, is_budgeted, record)


@transaction.atomic
def withdraw(route: Route, admission: Admission) -> None:
    """The provider was never asked."""
    if admission.record is None:
        return
    UsageRecord.objects.filter(pk=admission.record, outcome=CallOutcome.RUNNING).delete()
    if admission.is_budgeted:
        give_back(admission.record)
    if admission.probe and route.provider is not None:
        circuit.give_back_probe(route.provider.pk)


@transaction.atomic
def enter(call: Call, caller: Caller, admission: Admission, *, failure: ProviderError | None, answered: bool) -> None:
    """`answered`: the provider has shown that it works, however the call ended."""
    if admission.record is None:
        record_call(call, caller)
    elif close_record(admission.record, call):
        if call.route.provider is not None:
            spend(caller, call.cost, call.usage)
        if admission.is_budgeted:
            give_back(admission.record)
    else:
        logger.warning("a call of turn %s ended after it had been taken for lost", caller.turn_id)
    provider = call.route.provider
    if provider is None:
        return
    if failure is not None:
        if circuit.report_failure(provider.pk, failure, probe=admission.probe):
            mark_health(provider.key, error=failure.message)
    elif answered:
        report_answer(call.route.provider_key, provider.pk)
    elif admission.probe and call.outcome == CallOutcome.STOPPED:
        circuit.give_back_probe(provider.pk)


def report_answer(provider_key: str, provider_id: UUID) -> None:
    if circuit.report_success(provider_id):
        mark_health(provider_key)


def interrupt_calls(turn_id: UUID, text: str) -> None:
    """Closes the rows of a dead worker's calls for a turn; `text` is what is known of the answer."""
    for record in UsageRecord.objects.filter(turn_id=turn_id, outcome=CallOutcome.RUNNING):
        _interrupt(record, estimate_tokens(text))


def interrupt_lost_calls() -> int:
    """Closes the rows of calls whose worker died and that no turn accounts for; returns how many those were."""
    before = timezone.now() - timedelta(seconds=settings.TURN_MAX_SECONDS) - GRACE
    lost = UsageRecord.objects.filter(outcome=CallOutcome.RUNNING, created_at__lt=before)
    return sum(_interrupt(record, 0) for record in lost)


@transaction.atomic
def _interrupt(record: UsageRecord, output_tokens: int) -> bool:
    usage = Usage(record.input_tokens, output_tokens)
    cost = cost_of(AIModel.objects.filter(key=record.model_key).first(), usage)
    open_still = UsageRecord.objects.filter(pk=record.pk, outcome=CallOutcome.RUNNING)
    closed = open_still.update(
        outcome=CallOutcome.FAILED,
        error_code="interrupted",
        output_tokens=output_tokens,
        cost=cost,
        duration_ms=round((timezone.now() - record.created_at).total_seconds() * 1000),
    )
    if closed:
        give_back(record.pk)
        if not record.own_key:
            visitor = record.user_id is None and record.turn_id is not None
            spend(Caller(record.user, record.turn_id, visitor=visitor), cost, usage)
    return bool(closed)
