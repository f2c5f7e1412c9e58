from django.urls import URLPattern, re_path

from chat.consumers import ChatConsumer
from chat.widgets.consumer import WidgetConsumer

websocket_urlpatterns: list[URLPattern] = [
    re_path(r"^ws/chat/?$", ChatConsumer.as_asgi()),
    re_path(r"^ws/widgets/(?P<widget_key>[^/]+)/?$", WidgetConsumer.as_asgi()),
]
