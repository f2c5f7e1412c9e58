"""REST framework and its documentation."""

from config.settings.apps import APP_NAME
from config.settings.env import integer
from config.settings.security import TRUSTED_PROXY_COUNT

CHAT_RATE_PER_MINUTE = integer("CHAT_RATE_PER_MINUTE", 60, minimum=1)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.BearerAuthentication",
        "accounts.api.authentication.ApiKeyAuthentication",
        "accounts.api.authentication.SessionAuthentication",
    ],
    # Deny, then allow: a view that says nothing is for logged-in people, and for no API key.
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.IsUser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.api.exception_handler",
    "NUM_PROXIES": TRUSTED_PROXY_COUNT,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DEFAULT_THROTTLE_RATES": {
        "login": f"{integer('LOGIN_RATE_PER_MINUTE', 20, minimum=1)}/min",
        "register": f"{integer('REGISTER_RATE_PER_HOUR', 20, minimum=1)}/hour",
        "chat": f"{CHAT_RATE_PER_MINUTE}/min",
        "knowledge": f"{integer('KNOWLEDGE_RATE_PER_MINUTE', 120, minimum=1)}/min",
        "rating": f"{integer('RATING_RATE_PER_MINUTE', 30, minimum=1)}/min",
        "widget_session": f"{integer('WIDGET_SESSION_RATE_PER_MINUTE', 60, minimum=1)}/min",
        "anonymous_token": f"{integer('ANONYMOUS_TOKEN_RATE_PER_HOUR', 60, minimum=1)}/hour",
    },
}

SPECTACULAR_SETTINGS = {
    "TITLE": f"{APP_NAME} API",
    "DESCRIPTION": "One self-hosted server in which a company's AI bots work.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "CredentialProvider": "integrations.credentials.choices.CredentialProvider",
        "CredentialStrategy": "integrations.credentials.choices.CredentialStrategy",
        "UserRole": "accounts.choices.Role",
        "MessageRole": ["user", "assistant", "system"],
        "MessageState": ["complete", "streaming", "partial"],
        "TurnState": ["pending", "running", "done", "stopped", "failed"],
        "DeliveryKind": "integrations.outbox.choices.DeliveryKind",
        "DeliveryState": "integrations.outbox.choices.DeliveryState",
        "DocumentState": "knowledge.choices.DocumentState",
        "DocumentFormat": "knowledge.choices.DocumentFormat",
        "DocumentLanguage": "knowledge.models.documents.LANGUAGES",
        "DeliveryPriority": "integrations.outbox.choices.Priority",
        "TicketState": "tickets.choices.TicketState",
        "TicketStateWanted": "tickets.api.serializers.CHOOSABLE_STATES",
        "TicketPriority": "tickets.choices.TicketPriority",
        "TicketMessageKind": "tickets.choices.MessageKind",
        "TicketEventKind": "tickets.choices.EventKind",
        "TicketEventBy": "tickets.choices.EventBy",
        "TicketMoveKind": "tickets.choices.MoveKind",
        "AnswerKind": "tickets.choices.AnswerKind",
        "DraftState": "tickets.choices.DraftState",
        "TriageState": "tickets.choices.TriageState",
    },
    "SCHEMA_PATH_PREFIX": r"/api(/v1)?",
}
