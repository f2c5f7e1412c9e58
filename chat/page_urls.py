from django.urls import URLPattern, path

from chat import page

urlpatterns: list[URLPattern] = [
    path("", page.home, name="chat"),
    path("c/<uuid:conversation_id>", page.conversation, name="chat-conversation"),
    path("c/<uuid:conversation_id>/", page.conversation),
]
