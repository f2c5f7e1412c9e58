from django.urls import URLPattern, path

from chat.widgets import pages

urlpatterns: list[URLPattern] = [
    path("widget.js", pages.script, name="widget-script"),
    path("widget/<str:key>/", pages.panel, name="widget-panel"),
    path("widget/<str:key>/try/", pages.trial, name="widget-trial"),
]
