"""Pages of the guide, each with and without a trailing slash."""

from django.urls import URLPattern, re_path

from knowledge import pages

urlpatterns: list[URLPattern] = [
    re_path(r"^guide/?$", pages.guide, name="guide"),
    re_path(r"^guide/(?P<slug>[-\w]{1,150})/?$", pages.document, name="guide-document"),
]
