from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AccessToken, AnonymousSubscriber
from accounts.services import prune as service
from accounts.services.prune import prune
from accounts.services.tokens import issue_user_token, issue_visitor_token
from accounts.tasks import prune_expired
from chat.models import Conversation

pytestmark = pytest.mark.django_db


def ago(**span):
    return timezone.now() - timedelta(**span)


@pytest.mark.parametrize(
    ("ended", "deleted"),
    [
        ({}, 0),
        ({"expires_at": {"days": 6}}, 0),
        ({"revoked_at": {"days": 6}}, 0),
        ({"expires_at": {"days": 8}}, 1),
        ({"revoked_at": {"days": 8}}, 1),
    ],
)
def test_tokens_go_a_week_after_their_end(alice, ended, deleted):
    issue_user_token(alice)
    AccessToken.objects.update(**{field: ago(**span) for field, span in ended.items()})
    assert prune() == (deleted, 0)


def test_idle_visitors_go_with_their_tokens(visitor):
    issue_visitor_token(visitor)
    AnonymousSubscriber.objects.update(last_seen_at=ago(days=91))
    prune_expired()
    assert not AnonymousSubscriber.objects.exists()
    assert not AccessToken.objects.exists()


def test_visitors_stay_who_came_lately_or_have_conversations(visitor):
    talker = AnonymousSubscriber.objects.create(last_seen_at=ago(days=400))
    Conversation.objects.create(visitor=talker)
    AnonymousSubscriber.objects.filter(pk=visitor.pk).update(last_seen_at=ago(days=89))
    assert prune() == (0, 0)


def test_more_than_a_batch_goes_in_one_run(alice, monkeypatch):
    monkeypatch.setattr(service, "BATCH", 2)
    for _ in range(5):
        issue_user_token(alice)
    AccessToken.objects.update(expires_at=ago(days=8))
    assert prune() == (5, 0)
    assert not AccessToken.objects.exists()
