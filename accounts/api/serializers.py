"""Bodies of the account routes. Two shapes of a user are on the wire: by integer id, and by UUID."""

from typing import Any

from rest_framework import serializers

from accounts.choices import Role, Scope
from accounts.models import ApiKey, User
from config.api import UtcDateTimeField

LOGIN_MAX_LENGTH = 254
PASSWORD_MAX_LENGTH = 1000


class PasswordField(serializers.CharField):
    """A password as typed: spaces count, and it is never written out."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", PASSWORD_MAX_LENGTH)
        super().__init__(trim_whitespace=False, write_only=True, style={"input_type": "password"}, **options)


class EmailBody(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254, required=False)


class RegisterBody(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    password = PasswordField(min_length=8)


class LoginBody(serializers.Serializer[Any]):
    """`email` may also be a user name."""

    email = serializers.CharField(max_length=LOGIN_MAX_LENGTH)
    password = PasswordField()


class ChangePasswordBody(serializers.Serializer[Any]):
    current_password = PasswordField()
    new_password = PasswordField()


class PasswordGrantBody(serializers.Serializer[Any]):
    """An OAuth2 password grant; only `username` (or e-mail address) and `password` are read."""

    username = serializers.CharField(max_length=LOGIN_MAX_LENGTH)
    password = PasswordField()
    grant_type = serializers.CharField(required=False, allow_blank=True)
    scope = serializers.CharField(required=False, allow_blank=True)
    client_id = serializers.CharField(required=False, allow_blank=True)
    client_secret = serializers.CharField(required=False, allow_blank=True, write_only=True)


class UserResponse(serializers.ModelSerializer[User]):
    created_at = UtcDateTimeField(source="date_joined", read_only=True)
    updated_at = UtcDateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = User
        fields = ["email", "id", "created_at", "updated_at"]


class TokenResponse(serializers.Serializer[Any]):
    access_token = serializers.CharField()
    token_type = serializers.CharField(default="bearer")


class LoginResponse(TokenResponse):
    user = UserResponse()


class OptionalName(serializers.CharField):
    """A name that may be absent: null on the wire, empty in the database."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, allow_null=True, allow_blank=True, max_length=150, **options)

    def get_attribute(self, instance: Any) -> Any:
        return super().get_attribute(instance) or None

    def run_validation(self, data: Any = serializers.empty) -> Any:
        value = super().run_validation(data)
        return "" if value is None else value


class RoleField(serializers.ChoiceField):
    """A role by its name, whatever the case."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=Role.choices, **options)

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data.upper() if isinstance(data, str) else data)


class UserPublic(serializers.ModelSerializer[User]):
    type = serializers.SerializerMethodField()
    id = serializers.UUIDField(source="uuid", read_only=True)
    first_name = OptionalName(read_only=True)
    last_name = OptionalName(read_only=True)

    class Meta:
        model = User
        fields = ["type", "username", "email", "first_name", "last_name", "role", "is_active", "id"]

    def get_type(self, user: User) -> str:
        return "user"


class ProfileBody(serializers.Serializer[Any]):
    """Changes of a profile: only the keys that are present are applied."""

    username = serializers.CharField(required=False, max_length=150, validators=[User.username_validator])
    email = serializers.EmailField(required=False, max_length=254)
    first_name = OptionalName()
    last_name = OptionalName()


class UserUpdateBody(ProfileBody):
    role = RoleField(required=False)
    is_active = serializers.BooleanField(required=False)


class UserCreateBody(UserUpdateBody):
    username = serializers.CharField(max_length=150, validators=[User.username_validator])
    email = serializers.EmailField(max_length=254)
    password = PasswordField()
    type = serializers.ChoiceField(choices=["user"], default="user", write_only=True)


class ApiKeyBody(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices), allow_empty=False)
    expires_at = UtcDateTimeField(required=False, allow_null=True)


class ApiKeyResponse(serializers.ModelSerializer[ApiKey]):
    created_at = UtcDateTimeField(read_only=True)
    expires_at = UtcDateTimeField(read_only=True, allow_null=True)
    revoked_at = UtcDateTimeField(read_only=True, allow_null=True)
    last_used_at = UtcDateTimeField(read_only=True, allow_null=True)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices), read_only=True)

    class Meta:
        model = ApiKey
        fields = ["id", "name", "prefix", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at"]


class NewApiKeyResponse(ApiKeyResponse):
    """With the key in clear: this answer is the only place where it is."""

    key = serializers.CharField(read_only=True)

    class Meta(ApiKeyResponse.Meta):
        fields = [*ApiKeyResponse.Meta.fields, "key"]
