from integrations.providers.gigachat.client import GigaChatProvider

__all__ = ["GigaChatProvider"]
