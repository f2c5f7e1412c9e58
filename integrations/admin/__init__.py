from integrations.admin.budgets import BudgetAdmin, SpendingAdmin
from integrations.admin.credentials import CredentialAdmin, CredentialEventAdmin
from integrations.admin.deliveries import DeliveryAdmin
from integrations.admin.models import ModelRegistryAdmin
from integrations.admin.ollama import OllamaServerAdmin
from integrations.admin.providers import ProviderAdmin
from integrations.admin.roles import ModelRoleAdmin
from integrations.admin.usage import UsageAdmin
from integrations.admin.webhooks import WebhookAdmin

__all__ = [
    "BudgetAdmin",
    "CredentialAdmin",
    "CredentialEventAdmin",
    "DeliveryAdmin",
    "ModelRegistryAdmin",
    "ModelRoleAdmin",
    "OllamaServerAdmin",
    "ProviderAdmin",
    "SpendingAdmin",
    "UsageAdmin",
    "WebhookAdmin",
]
