from django.urls import URLPattern, re_path

from chat.artifacts import standalone

urlpatterns: list[URLPattern] = [
    re_path(r"^artifacts/(?P<artifact_id>[0-9a-f]{12})\.html$", standalone.page, name="artifact-page"),
]
