from django.urls import URLPattern, path

from tickets.rating import pages

urlpatterns: list[URLPattern] = [
    path("rate/<str:token>/", pages.rating_page, name="ticket-rating"),
]
