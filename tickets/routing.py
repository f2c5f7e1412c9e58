from django.urls import URLPattern, re_path

from tickets.consumers import DeskConsumer

websocket_urlpatterns: list[URLPattern] = [re_path(r"^ws/desk/?$", DeskConsumer.as_asgi())]
