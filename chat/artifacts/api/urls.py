from django.urls import URLPattern

from chat.artifacts.api import views
from config.api import both_forms

urlpatterns: list[URLPattern] = [
    *both_forms("artifacts/generate", views.GenerateView.as_view(), name="artifact-generate"),
    *both_forms("artifacts", views.ArtifactsView.as_view(), name="artifacts"),
    *both_forms("artifacts/<str:artifact_id>/rate", views.RateView.as_view(), name="artifact-rate"),
    *both_forms("artifacts/<str:artifact_id>", views.OneArtifactView.as_view(), name="artifact"),
    *both_forms("templates", views.TemplatesView.as_view(), name="artifact-templates"),
]
