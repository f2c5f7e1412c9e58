"""`/auth/`: registration, log-in, one's own account, and users by integer id."""

from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.authentication import BearerAuthentication
from accounts.api.common import BadRequest, JSONView, LoginView, current_token, current_user, log_in_or_refuse, refusals
from accounts.api.permissions import IsAdmin, IsSubscriber
from accounts.api.serializers import (
    ChangePasswordBody,
    EmailBody,
    LoginBody,
    LoginResponse,
    RegisterBody,
    TokenResponse,
    UserResponse,
)
from accounts.api.throttling import AddressRateThrottle
from accounts.choices import Scope
from accounts.models import User
from accounts.services.tokens import issue_user_token, revoke_token
from accounts.services.users import change_password, deactivate_user, register_user, update_profile
from config.api import DetailSerializer, InvalidToken, MessageSerializer, SkipLimit, paginated

TAGS = ["auth"]
DETAIL = DetailSerializer


class RegisterView(LoginView):
    throttle_scope = "register"

    @extend_schema(
        tags=TAGS, request=RegisterBody, responses={201: UserResponse, 400: DETAIL, 403: DETAIL, 422: DETAIL}
    )
    def post(self, request: Request) -> Response:
        """Makes an account."""
        body = RegisterBody(data=request.data)
        body.is_valid(raise_exception=True)
        with refusals():
            user = register_user(**body.validated_data)
        return Response(UserResponse(user).data, status=201)


class AuthLoginView(LoginView):
    @extend_schema(tags=TAGS, request=LoginBody, responses={200: LoginResponse, 401: DETAIL, 422: DETAIL, 429: DETAIL})
    def post(self, request: Request) -> Response:
        """Exchanges an e-mail address (or user name) and a password for a bearer token."""
        body = LoginBody(data=request.data)
        body.is_valid(raise_exception=True)
        user, token = log_in_or_refuse(
            request, login=body.validated_data["email"], password=body.validated_data["password"]
        )
        return Response({"access_token": token, "token_type": "bearer", "user": UserResponse(user).data})


class RefreshView(JSONView):
    authentication_classes = [BearerAuthentication]

    @extend_schema(tags=TAGS, request=None, responses={200: TokenResponse, 401: DETAIL})
    def post(self, request: Request) -> Response:
        """A new token for the one presented, which ends."""
        token = current_token(request)
        with transaction.atomic():
            # Of two refreshes of one token one wins.
            if token is None or token.user is None or not revoke_token(token):
                raise InvalidToken
            access_token = issue_user_token(token.user)
        return Response({"access_token": access_token, "token_type": "bearer"})


class LogoutView(JSONView):
    authentication_classes = [BearerAuthentication]
    permission_classes = [IsSubscriber]

    @extend_schema(tags=TAGS, request=None, responses={200: MessageSerializer, 401: DETAIL})
    def post(self, request: Request) -> Response:
        """Ends the token presented."""
        token = current_token(request)
        if token is None or not revoke_token(token):
            raise InvalidToken
        return Response({"message": "Successfully logged out"})


class MeView(JSONView):
    required_scopes = {"GET": Scope.USERS_READ, "PUT": Scope.USERS_WRITE}

    @extend_schema(tags=TAGS, responses={200: UserResponse, 401: DETAIL})
    def get(self, request: Request) -> Response:
        """The caller's own account."""
        return Response(UserResponse(current_user(request)).data)

    @extend_schema(tags=TAGS, request=EmailBody, responses={200: UserResponse, 400: DETAIL, 401: DETAIL, 422: DETAIL})
    def put(self, request: Request) -> Response:
        """Changes the caller's own e-mail address."""
        return _change_email(request, current_user(request))


class ChangePasswordView(JSONView):
    throttle_classes = [AddressRateThrottle]
    throttle_scope = "login"

    @extend_schema(
        tags=TAGS, request=ChangePasswordBody, responses={200: MessageSerializer, 400: DETAIL, 401: DETAIL, 422: DETAIL}
    )
    def post(self, request: Request) -> Response:
        """Changes the caller's password; every other token of the caller ends."""
        body = ChangePasswordBody(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            change_own_password(request, **body.validated_data)
        except ValidationError as error:
            raise BadRequest(f"new_password: {' '.join(error.messages)}") from error
        return Response({"message": "Password changed successfully"})


class UserListView(JSONView):
    permission_classes = [IsAdmin]
    required_scopes = {"GET": Scope.USERS_READ}

    @extend_schema(
        tags=TAGS, parameters=[SkipLimit], responses={200: UserResponse(many=True), 401: DETAIL, 403: DETAIL}
    )
    def get(self, request: Request) -> Response:
        """All users, by id. Administrators only."""
        users = paginated(User.objects.visible_to(request.user).order_by("pk"), request)
        return Response(UserResponse(users, many=True).data)


class UserDetailView(JSONView):
    permission_classes = [IsAdmin]
    required_scopes = {"GET": Scope.USERS_READ, "PUT": Scope.USERS_WRITE, "DELETE": Scope.USERS_WRITE}

    @extend_schema(tags=TAGS, responses={200: UserResponse, 403: DETAIL, 404: DETAIL})
    def get(self, request: Request, user_id: int) -> Response:
        """One user. Administrators only."""
        return Response(UserResponse(_visible_user(request, user_id)).data)

    @extend_schema(
        tags=TAGS, request=EmailBody, responses={200: UserResponse, 400: DETAIL, 403: DETAIL, 404: DETAIL, 422: DETAIL}
    )
    def put(self, request: Request, user_id: int) -> Response:
        """Changes a user's e-mail address. Administrators only."""
        return _change_email(request, _visible_user(request, user_id))

    @extend_schema(tags=TAGS, responses={200: MessageSerializer, 403: DETAIL, 404: DETAIL, 409: DETAIL})
    def delete(self, request: Request, user_id: int) -> Response:
        """Deactivates a user: log-in and tokens end, data stays. Administrators only."""
        with refusals():
            deactivate_user(_visible_user(request, user_id))
        return Response({"message": "User deactivated successfully"})


def change_own_password(request: Request, *, current_password: str, new_password: str) -> None:
    """The caller stays logged in; raises as the service does, refusals as HTTP errors."""
    user = current_user(request)
    with refusals():
        change_password(user, current=current_password, new=new_password, keep=current_token(request))
    if request.session.get("_auth_user_id") == str(user.pk):
        update_session_auth_hash(request._request, user)


def _visible_user(request: Request, user_id: int) -> User:
    user: User | None = User.objects.visible_to(request.user).filter(pk=user_id).first()
    if user is None:
        raise Http404
    return user


def _change_email(request: Request, user: User) -> Response:
    body = EmailBody(data=request.data)
    body.is_valid(raise_exception=True)
    with refusals():
        update_profile(user, **body.validated_data)
    return Response(UserResponse(user).data)
