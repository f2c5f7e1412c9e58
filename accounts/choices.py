from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Rights on the product's API, from the most to the least."""

    ADMIN = "ADMIN", _("Administrator")
    DEVELOPER = "DEVELOPER", _("Developer")
    USER = "USER", _("User")


class Scope(models.TextChoices):
    """What an API key may do; a key without the scope that a route names is refused."""

    CHAT_READ = "chat:read", _("Read conversations")
    CHAT_WRITE = "chat:write", _("Send and delete messages")
    USERS_READ = "users:read", _("Read users")
    USERS_WRITE = "users:write", _("Change users")
    KNOWLEDGE_READ = "knowledge:read", _("Search and read documents")
    KNOWLEDGE_WRITE = "knowledge:write", _("Change documents")
    TICKETS_READ = "tickets:read", _("Read tickets")
    TICKETS_WRITE = "tickets:write", _("Answer and change tickets")
