"""`/users/`: one's own profile, and users by UUID."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.auth import change_own_password
from accounts.api.common import JSONView, current_user, refusals
from accounts.api.permissions import NO_PRIVILEGES, IsAdmin, IsUser
from accounts.api.serializers import (
    ChangePasswordBody,
    ProfileBody,
    UserCreateBody,
    UserPublic,
    UserUpdateBody,
)
from accounts.api.throttling import AddressRateThrottle
from accounts.choices import Scope
from accounts.models import User
from accounts.services.users import create_user, delete_user, update_profile, update_user
from config.api import BotPlatformErrors, DetailSerializer, MessageSerializer, SkipLimit, paginated

TAGS = ["users"]
DETAIL = DetailSerializer


class UsersView(BotPlatformErrors, JSONView):
    """Base: the bot platform's dialect, the scopes of users."""

    required_scopes = {
        "GET": Scope.USERS_READ,
        "POST": Scope.USERS_WRITE,
        "PATCH": Scope.USERS_WRITE,
        "DELETE": Scope.USERS_WRITE,
    }


class OwnProfileView(UsersView):
    @extend_schema(tags=TAGS, responses={200: UserPublic, 401: DETAIL, 403: DETAIL})
    def get(self, request: Request) -> Response:
        """The caller's own profile."""
        return Response(UserPublic(current_user(request)).data)

    @extend_schema(tags=TAGS, request=ProfileBody, responses={200: UserPublic, 400: DETAIL, 401: DETAIL, 403: DETAIL})
    def patch(self, request: Request) -> Response:
        """Changes the caller's own profile."""
        body = ProfileBody(data=request.data)
        body.is_valid(raise_exception=True)
        with refusals():
            user = update_profile(current_user(request), **body.validated_data)
        return Response(UserPublic(user).data)


class OwnPasswordView(UsersView):
    required_scopes = {}
    throttle_classes = [AddressRateThrottle]
    throttle_scope = "login"

    @extend_schema(
        tags=TAGS, request=ChangePasswordBody, responses={200: MessageSerializer, 400: DETAIL, 401: DETAIL, 403: DETAIL}
    )
    def patch(self, request: Request) -> Response:
        """Changes the caller's password; every other token of the caller ends."""
        body = ChangePasswordBody(data=request.data)
        body.is_valid(raise_exception=True)
        with refusals():
            change_own_password(request, **body.validated_data)
        return Response({"message": "Password updated successfully."})


class UserCollectionView(UsersView):
    permission_classes = [IsAdmin]

    @extend_schema(tags=TAGS, parameters=[SkipLimit], responses={200: UserPublic(many=True), 401: DETAIL, 403: DETAIL})
    def get(self, request: Request) -> Response:
        """All users. Administrators only."""
        users = paginated(User.objects.visible_to(request.user).order_by("pk"), request)
        return Response(UserPublic(users, many=True).data)

    @extend_schema(
        tags=TAGS, request=UserCreateBody, responses={200: UserPublic, 400: DETAIL, 401: DETAIL, 403: DETAIL}
    )
    def post(self, request: Request) -> Response:
        """Makes a user. Administrators only."""
        body = UserCreateBody(data=request.data)
        body.is_valid(raise_exception=True)
        fields = {name: value for name, value in body.validated_data.items() if name != "type"}
        with refusals():
            user = create_user(**fields)
        return Response(UserPublic(user).data)


class UserItemView(UsersView):
    def get_permissions(self) -> list[BasePermission]:
        return [IsUser()] if self.request.method in {"GET", "HEAD"} else [IsAdmin()]

    @extend_schema(tags=TAGS, responses={200: UserPublic, 401: DETAIL, 403: DETAIL, 404: DETAIL})
    def get(self, request: Request, user_id: str) -> Response:
        """One user: oneself, or anybody for administrators."""
        return Response(UserPublic(_visible_user(request, user_id)).data)

    @extend_schema(
        tags=TAGS,
        request=UserUpdateBody,
        responses={200: UserPublic, 400: DETAIL, 403: DETAIL, 404: DETAIL, 409: DETAIL},
    )
    def patch(self, request: Request, user_id: str) -> Response:
        """Changes a user's profile, role and state. Administrators only."""
        user = _visible_user(request, user_id)
        body = UserUpdateBody(data=request.data)
        body.is_valid(raise_exception=True)
        with refusals():
            update_user(user, **body.validated_data)
        return Response(UserPublic(user).data)

    @extend_schema(tags=TAGS, responses={200: MessageSerializer, 403: DETAIL, 404: DETAIL, 409: DETAIL})
    def delete(self, request: Request, user_id: str) -> Response:
        """Removes a user and what belongs to the user alone. Administrators only."""
        user = _visible_user(request, user_id)
        with refusals():
            delete_user(user)
        return Response({"message": "User deleted successfully."})


def _visible_user(request: Request, user_id: str) -> User:
    """The user; for those who may not see all users every other id looks the same, known or not."""
    user: User | None = User.objects.visible_to(request.user).filter(uuid=_uuid(user_id)).first()
    if user is not None:
        return user
    if not current_user(request).is_administrator:
        raise PermissionDenied(NO_PRIVILEGES)
    raise NotFound("User not found.")


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
