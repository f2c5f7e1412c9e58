from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("config.service_urls")),
    path("", include("chat.page_urls")),
    path("", include("chat.widgets.page_urls")),
    path("", include("chat.artifacts.page_urls")),
    path("", include("accounts.page_urls")),
    path("", include("knowledge.page_urls")),
    path("", include("tickets.page_urls")),
    path("api/v1/", include("accounts.api.urls")),
    path("api/v1/widgets/", include("chat.widgets.api.urls")),
    path("api/v1/", include("integrations.api.urls")),
    path("api/v1/", include("integrations.outbox.urls")),
    path("api/v1/knowledge/", include("knowledge.api.urls")),
    path("api/", include("tickets.telegram.urls")),
    path("api/v1/", include("tickets.api.urls")),
    path("api/", include("chat.artifacts.api.urls")),
    path("api/", include("chat.api.urls")),
    path("api/", include("chat.memory.api.urls")),
    path("api/", include("chat.about.api.urls")),
    path("api/", include("chat.experience.api.urls")),
    path("api/", include("tickets.intake.urls")),
    path("language/", set_language, name="set_language"),
    # Typed by hand the last slash is forgotten.
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
]

handler404 = "config.error_views.not_found"
handler500 = "config.error_views.server_error"
