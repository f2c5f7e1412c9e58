"""Who may call. API keys may call only where the view names the scope that they need.

`required_scopes` of a view is one Scope, or a mapping of methods to Scopes.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAuthenticated, NotFound, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.choices import Role, Scope
from accounts.models import AnonymousSubscriber, ApiKey, User

NO_PRIVILEGES = "The user doesn't have enough privileges."


class IsUser(BasePermission):
    """An active user; not a visitor."""

    message = NO_PRIVILEGES

    def has_permission(self, request: Request, view: Any) -> bool:
        _refuse_unknown_visitor(request, view)
        return _is_user(request, view) and self.may(request.user)

    def may(self, user: Any) -> bool:
        return True


class IsDeveloper(IsUser):
    def may(self, user: Any) -> bool:
        return user.role in {Role.ADMIN, Role.DEVELOPER}


class IsAdmin(IsUser):
    def may(self, user: Any) -> bool:
        return bool(user.is_administrator)


class IsSubscriber(BasePermission):
    """An active user or a visitor."""

    message = NO_PRIVILEGES

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, AnonymousSubscriber) or _is_user(request, view)


class ChatAccess(IsSubscriber):
    """A user, a visitor, or nobody in particular where anonymous use is on."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if super().has_permission(request, view):
            return True
        if settings.CHAT_ANONYMOUS and request.auth is None:
            return True
        raise NotAuthenticated


def _is_user(request: Request, view: Any) -> bool:
    if not isinstance(request.user, User) or not request.user.is_active:
        return False
    if isinstance(request.auth, ApiKey):
        require_scope(request.auth, request.method or "", view)
    return True


def require_scope(key: ApiKey, method: str, view: Any) -> None:
    """Raises PermissionDenied for a key without the scope that the view names for the method."""
    scope = _required_scope(method, view)
    if scope is None:
        raise PermissionDenied(_("API keys cannot be used here."))
    if scope not in key.scopes:
        raise PermissionDenied(_("The API key lacks the scope %(scope)s.") % {"scope": scope.value})


def _required_scope(method: str, view: Any) -> Scope | None:
    scopes: Scope | Mapping[str, Scope] | None = getattr(view, "required_scopes", None)
    if not isinstance(scopes, Mapping):
        return scopes
    return scopes.get("GET" if method in {"HEAD", "OPTIONS"} else method)


def _refuse_unknown_visitor(request: Request, view: Any) -> None:
    """The bot platform's routes answer a visitor that there is no such user."""
    if isinstance(request.user, AnonymousSubscriber) and getattr(view, "unknown_user_status", None):
        raise NotFound("User not found.")
