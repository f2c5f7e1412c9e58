"""Routes below /api/, each with and without a trailing slash."""

from django.urls import URLPattern

from chat.api import assistant, conversations, copilot, models, turns
from config.api import both_forms

urlpatterns: list[URLPattern] = [
    *both_forms("chat", assistant.ChatAnswerView.as_view(), name="assistant-chat"),
    *both_forms("chat/stream", assistant.ChatStreamView.as_view(), name="assistant-stream"),
    *both_forms("available-models", models.AvailableModelsView.as_view(), name="available-models"),
    *both_forms("v1/", copilot.RootView.as_view(), name="api-root"),
    *both_forms("v1/chat/send", copilot.CopilotSendView.as_view(), name="copilot-send"),
    *both_forms("v1/chat/stream", copilot.CopilotStreamView.as_view(), name="copilot-stream"),
    *both_forms("v1/chat/sessions/<path:key>/latest", copilot.LatestSessionView.as_view(), name="copilot-latest"),
    *both_forms("v1/chat/sessions/<path:key>", copilot.SessionsView.as_view(), name="copilot-sessions"),
    *both_forms("v1/chat/workflows/<path:key>/history", copilot.WorkflowHistoryView.as_view(), name="copilot-history"),
    *both_forms("v1/models", conversations.ModelsView.as_view(), name="models"),
    *both_forms("v1/conversations", conversations.ConversationsView.as_view(), name="conversations"),
    *both_forms(
        "v1/conversations/<uuid:conversation_id>", conversations.ConversationView.as_view(), name="conversation"
    ),
    *both_forms("v1/turns", turns.TurnsView.as_view(), name="turns"),
    *both_forms("v1/turns/<uuid:turn_id>/stop", turns.StopView.as_view(), name="turn-stop"),
    *both_forms("v1/turns/<uuid:turn_id>/retry", turns.RetryView.as_view(), name="turn-retry"),
    *both_forms("v1/turns/<uuid:turn_id>/events", turns.EventsView.as_view(), name="turn-events"),
]
