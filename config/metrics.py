"""Prometheus metrics: what this process counted, and figures from the database that are right over all processes."""

import hmac
import math
from collections.abc import Iterator
from datetime import timedelta
from itertools import product

from django.conf import settings
from django.db.models import Count, Min, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from chat.choices import TurnState
from chat.models import Turn
from config import heartbeat
from config.measures import registry
from config.network import is_local
from integrations.budgets.limits import period_start
from integrations.choices import BudgetScope, Payer, Period
from integrations.models import AIProvider, Budget, CallPermit, Spending, UsageRecord
from integrations.outbox.attention import count_by_kind_and_state, lag_seconds
from integrations.outbox.choices import DeliveryKind, DeliveryState

WINDOW = timedelta(minutes=5)
QUANTILES = (0.5, 0.9, 0.99)
# A scrape must stay cheap however busy the last minutes were.
MOST_CALLS = 10_000


class ProductCollector(Collector):
    """Everything that the rows and the heartbeats say."""

    def describe(self) -> list[Metric]:
        """Nothing: registering must not ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        yield from _turns()
        yield from _usage()
        yield _first_tokens()
        yield _providers()
        yield from _limits()
        yield from _outbox()
        yield from _budgets()
        yield _heartbeats()


def _turns() -> Iterator[Metric]:
    states = GaugeMetricFamily("switchboard_turns", "Turns by state.", labels=["state"])
    counts = dict(Turn.objects.order_by().values_list("state").annotate(n=Count("id")))
    for state in TurnState.values:
        states.add_metric([state], counts.get(state, 0))
    yield states
    oldest = Turn.objects.filter(state=TurnState.PENDING).aggregate(at=Min("created_at"))["at"]
    waiting = (timezone.now() - oldest).total_seconds() if oldest else 0.0
    yield GaugeMetricFamily("switchboard_oldest_waiting_turn_seconds", "Age of the oldest waiting turn.", waiting)


def _usage() -> Iterator[Metric]:
    calls = CounterMetricFamily("switchboard_model_calls", "Provider calls.", labels=["model", "outcome"])
    for row in UsageRecord.objects.ended().order_by().values("model_key", "outcome").annotate(n=Count("id")):
        calls.add_metric([row["model_key"], row["outcome"]], row["n"])
    tokens = CounterMetricFamily("switchboard_model_tokens", "Tokens.", labels=["model", "direction"])
    cost = CounterMetricFamily("switchboard_model_cost_usd", "Cost in USD.", labels=["model"])
    sums = UsageRecord.objects.ended().order_by().values_list("model_key")
    for model, read, written, spent in sums.annotate(Sum("input_tokens"), Sum("output_tokens"), Sum("cost")):
        tokens.add_metric([model, "input"], read)
        tokens.add_metric([model, "output"], written)
        cost.add_metric([model], float(spent))
    yield from (calls, tokens, cost)


def _first_tokens() -> Metric:
    """Quantiles of the last minutes; no sample while nobody asked anything."""
    family = GaugeMetricFamily(
        "switchboard_first_token_seconds", "Time to first token, last 5 minutes.", labels=["quantile"]
    )
    recent = UsageRecord.objects.filter(created_at__gt=timezone.now() - WINDOW, first_token_ms__isnull=False)
    last = recent.order_by("-created_at").values_list("first_token_ms", flat=True)[:MOST_CALLS]
    times = sorted(ms for ms in last if ms is not None)
    if times:
        for quantile in QUANTILES:
            family.add_metric([str(quantile)], times[math.ceil(quantile * len(times)) - 1] / 1000)
    return family


def _providers() -> Metric:
    """A provider that nobody has checked yet is not reported."""
    up = GaugeMetricFamily("switchboard_provider_up", "1 when the provider answered its check.", labels=["provider"])
    checked = AIProvider.objects.filter(enabled=True, healthy__isnull=False)
    for key, healthy in checked.values_list("key", "healthy"):
        up.add_metric([key], 1 if healthy else 0)
    return up


def _limits() -> Iterator[Metric]:
    """What keeps calls from a provider: its open circuit, its full line."""
    paused = GaugeMetricFamily("switchboard_provider_paused", "1 when calls are not let through.", labels=["provider"])
    waiting = GaugeMetricFamily(
        "switchboard_provider_calls", "Calls by state, where limited.", labels=["provider", "state"]
    )
    for key, open_until in AIProvider.objects.filter(enabled=True).values_list("key", "circuit__open_until"):
        paused.add_metric([key], 1 if open_until else 0)
    rows = CallPermit.objects.order_by().values_list("provider__key", "granted").annotate(n=Count("pk"))
    for key, granted, number in rows:
        waiting.add_metric([key, "running" if granted else "waiting"], number)
    yield from (paused, waiting)


def _outbox() -> Iterator[Metric]:
    states = GaugeMetricFamily("switchboard_outbox_deliveries", "Outgoing messages.", labels=["kind", "state"])
    counts = count_by_kind_and_state()
    for kind, state in product(DeliveryKind.values, DeliveryState.values):
        states.add_metric([kind, state], counts.get((kind, state), 0))
    yield states
    lag = GaugeMetricFamily(
        "switchboard_outbox_lag_seconds", "How long the oldest due message has waited.", labels=["kind"]
    )
    waiting = lag_seconds(timezone.now())
    for kind in DeliveryKind.values:
        lag.add_metric([kind], waiting.get(kind, 0.0))
    yield lag


def _budgets() -> Iterator[Metric]:
    """What all spend together in the running day and month, and the limit of that where there is one."""
    spent = GaugeMetricFamily("switchboard_spent_usd", "Spent in the running period.", labels=["period"])
    most = GaugeMetricFamily("switchboard_budget_usd", "May be spent in the running period.", labels=["period"])
    limits = Budget.objects.filter(scope=BudgetScope.ALL, enabled=True, max_usd__isnull=False)
    max_usd = dict(limits.values_list("period", "max_usd"))
    for period in Period.values:
        rows = Spending.objects.filter(payer=Payer.ALL, period=period, starts=period_start(period))
        spent.add_metric([period], float(rows.aggregate(usd=Sum("usd"))["usd"] or 0))
        if (limit := max_usd.get(period)) is not None:
            most.add_metric([period], float(limit))
    yield from (spent, most)


def _heartbeats() -> Metric:
    ages = GaugeMetricFamily("switchboard_heartbeat_age_seconds", "Since the last sign of life.", labels=["part"])
    for name in (*heartbeat.QUEUES, heartbeat.BEAT):
        if (age := heartbeat.age(name)) is not None:
            ages.add_metric([name], age)
    return ages


registry.register(ProductCollector())


def metrics(request: HttpRequest) -> HttpResponse:
    """For the bearer of METRICS_TOKEN; without that setting for a direct caller on this machine."""
    if settings.METRICS_TOKEN:
        if not _bears_token(request):
            return _refusal(401, {"WWW-Authenticate": "Bearer"})
    elif not is_local(request):
        return _refusal(403, {})
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _bears_token(request: HttpRequest) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), settings.METRICS_TOKEN.encode())


def _refusal(status: int, headers: dict[str, str]) -> HttpResponse:
    return HttpResponse("Forbidden\n", status=status, content_type="text/plain", headers=headers)
