"""The permission classes that other apps use, on views of their own."""

import pytest
from django.contrib.auth.models import AnonymousUser
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from accounts.api.permissions import ChatAccess, IsAdmin, IsDeveloper, IsSubscriber, IsUser
from accounts.choices import Role, Scope
from accounts.models import ApiKey
from accounts.services.keys import create_api_key
from accounts.services.users import set_role

pytestmark = pytest.mark.django_db


def call(permission, *, user=None, method="get", auth=None, scopes=None):
    class View(APIView):
        permission_classes = [permission]
        required_scopes = scopes

        def get(self, request):
            return Response({})

        post = get

    request = getattr(APIRequestFactory(), method)("/api/x")
    if user is not None:
        force_authenticate(request, user=user, token=auth)
    return View.as_view()(request).status_code


def key(user, *scopes):
    create_api_key(user, name="k", scopes=scopes)
    return ApiKey.objects.get()


def test_roles_rank(alice, bob, dana):
    set_role(bob, Role.DEVELOPER)
    ranks = {IsUser: (200, 200, 200), IsDeveloper: (403, 200, 200), IsAdmin: (403, 403, 200)}
    for permission, expected in ranks.items():
        assert tuple(call(permission, user=user) for user in (alice, bob, dana)) == expected
        assert call(permission) == 401


def test_an_inactive_user_is_nobody(alice):
    alice.is_active = False
    assert call(IsUser, user=alice) == 403


def test_visitors_are_subscribers_and_no_users(visitor):
    assert call(IsSubscriber, user=visitor) == 200
    assert call(IsUser, user=visitor) == 403
    assert call(IsAdmin, user=visitor) == 403


@pytest.mark.parametrize("anonymous", [True, False])
def test_chat_is_open_to_users_and_visitors_and_to_others_when_so_set(alice, visitor, settings, anonymous):
    settings.CHAT_ANONYMOUS = anonymous
    assert call(ChatAccess, user=alice) == 200
    assert call(ChatAccess, user=visitor) == 200
    assert call(ChatAccess) == (200 if anonymous else 401)
    assert call(ChatAccess, user=AnonymousUser()) == (200 if anonymous else 401)


@pytest.mark.parametrize("anonymous", [True, False])
def test_chat_refuses_a_key_without_the_scope_also_when_it_is_open(alice, settings, anonymous):
    settings.CHAT_ANONYMOUS = anonymous
    scopes = {"GET": Scope.CHAT_READ, "POST": Scope.CHAT_WRITE}
    reader = key(alice, "chat:read")
    assert call(ChatAccess, user=alice, auth=reader, scopes=scopes) == 200
    assert call(ChatAccess, user=alice, auth=reader, scopes=scopes, method="options") == 200
    assert call(ChatAccess, user=alice, auth=reader, scopes=scopes, method="post") == 403


def test_a_view_that_names_no_scope_refuses_keys(alice):
    assert call(IsUser, user=alice, auth=key(alice, *Scope.values)) == 403


def test_one_scope_may_stand_for_all_methods(alice):
    reader = key(alice, "chat:read")
    assert call(IsUser, user=alice, auth=reader, scopes=Scope.CHAT_READ, method="post") == 200
    assert call(IsUser, user=alice, auth=reader, scopes=Scope.CHAT_WRITE) == 403
