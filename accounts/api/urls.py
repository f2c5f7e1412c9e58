from django.urls import URLPattern

from accounts.api import auth, keys, login, users
from config.api import both_forms

urlpatterns: list[URLPattern] = [
    *both_forms("auth/register", auth.RegisterView.as_view(), name="auth-register"),
    *both_forms("auth/login", auth.AuthLoginView.as_view(), name="auth-login"),
    *both_forms("auth/refresh", auth.RefreshView.as_view(), name="auth-refresh"),
    *both_forms("auth/logout", auth.LogoutView.as_view(), name="auth-logout"),
    *both_forms("auth/me", auth.MeView.as_view(), name="auth-me"),
    *both_forms("auth/me/change-password", auth.ChangePasswordView.as_view(), name="auth-change-password"),
    *both_forms("auth/change-password", auth.ChangePasswordView.as_view(), name="auth-change-password-short"),
    *both_forms("auth/users", auth.UserListView.as_view(), name="auth-users"),
    *both_forms("auth/users/<int:user_id>", auth.UserDetailView.as_view(), name="auth-user"),
    *both_forms("auth/api-keys", keys.ApiKeyListView.as_view(), name="api-keys"),
    *both_forms("auth/api-keys/<int:key_id>", keys.ApiKeyView.as_view(), name="api-key"),
    *both_forms("login/access-token", login.AccessTokenView.as_view(), name="access-token"),
    *both_forms("login/anonymous-access-token", login.AnonymousAccessTokenView.as_view(), name="anonymous-token"),
    *both_forms("users/me", users.OwnProfileView.as_view(), name="own-profile"),
    *both_forms("users/me/password", users.OwnPasswordView.as_view(), name="own-password"),
    *both_forms("users/", users.UserCollectionView.as_view(), name="users"),
    *both_forms("users/<str:user_id>", users.UserItemView.as_view(), name="user"),
]
