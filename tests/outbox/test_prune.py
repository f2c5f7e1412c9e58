from datetime import timedelta

import pytest

from integrations.outbox.models import Delivery, DeliveryAttempt
from integrations.outbox.prune import prune
from tests.outbox.conftest import mail

pytestmark = pytest.mark.django_db


def test_old_messages_go_and_undelivered_ones_stay(settings, clock):
    settings.OUTBOX_KEEP_DAYS = 30
    kept = set()
    for state in ("delivered", "cancelled", "failed", "uncertain"):
        for age in (29, 31):
            row = mail()
            then = clock.now - timedelta(days=age)
            row.log.create(number=1, finished_at=then, outcome="delivered")
            Delivery.objects.filter(pk=row.pk).update(state=state, finished_at=then)
            if age < 30 or state in {"failed", "uncertain"}:
                kept.add(row.pk)
    waiting = mail()
    assert prune() == 2
    assert set(Delivery.objects.values_list("pk", flat=True)) == kept | {waiting.pk}
    assert set(DeliveryAttempt.objects.values_list("delivery_id", flat=True)) == kept
