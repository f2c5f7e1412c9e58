"""Health, metrics and API documentation."""

from django.urls import URLPattern, path

from config.api import both_forms
from config.docs_views import RedocView, SchemaView, SwaggerView, redoc_script
from config.health import health, ready
from config.metrics import metrics

urlpatterns: list[URLPattern] = [
    *both_forms("health", health, name="health"),
    *both_forms("health/ready", ready, name="health-ready"),
    *both_forms("metrics", metrics, name="metrics"),
    *both_forms("openapi.json", SchemaView.as_view(), name="schema"),
    *both_forms("api/v1/openapi.json", SchemaView.as_view()),
    *both_forms("docs", SwaggerView.as_view(url_name="schema"), name="docs"),
    *both_forms("redoc", RedocView.as_view(url_name="schema"), name="redoc"),
    path("redoc/redoc.js", redoc_script, name="redoc-script"),
]
