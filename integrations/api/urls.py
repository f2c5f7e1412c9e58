"""Routes below /api/v1/, each with and without a trailing slash."""

from django.urls import URLPattern

from config.api import both_forms
from integrations.api import catalog, credentials

urlpatterns: list[URLPattern] = [
    *both_forms("credentials/providers", catalog.ProvidersView.as_view(), name="credential-providers"),
    *both_forms("credentials/strategies", catalog.StrategiesView.as_view(), name="credential-strategies"),
    *both_forms("credentials/", credentials.CredentialsView.as_view(), name="credentials"),
    *both_forms("credentials/<uuid:credential_id>", credentials.CredentialView.as_view(), name="credential"),
    *both_forms(
        "credentials/<uuid:credential_id>/make-default",
        credentials.MakeDefaultView.as_view(),
        name="credential-default",
    ),
]
