"""Providers: their keys, their health, and the ones that the environment names."""

import logging
import time
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.utils import timezone

from integrations.models import AIProvider
from integrations.ollama.looking import recognise
from integrations.providers.base import ProviderError
from integrations.providers.pool import Account, connect
from integrations.sealing import place_of
from integrations.secretbox import SealBroken, seal, unseal

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a provider said when asked for its models. `error` is for people and free of secrets."""

    ok: bool
    models: list[str] = field(default_factory=list)
    error: str = ""
    latency_ms: int = 0


def _place(provider: AIProvider) -> str:
    return place_of(provider, "sealed_api_key")


def set_api_key(provider: AIProvider, value: str, *, actor: Any) -> None:
    """Seals `value` into the provider; an empty value removes the key."""
    provider.sealed_api_key = seal(value, place=_place(provider)) if value else ""
    provider.save(update_fields=["sealed_api_key", "updated_at"])
    logger.info("key of provider %s %s by %s", provider.key, "set" if value else "removed", actor)


def api_key_of(provider: AIProvider) -> str:
    """The key to call with, or an empty string; an entered key takes precedence over the environment's."""
    if provider.sealed_api_key:
        try:
            return unseal(provider.sealed_api_key, place=_place(provider))
        except SealBroken as error:
            logger.error("the key of provider %s cannot be opened: %s", provider.key, error)
            return ""
    return str(getattr(settings, provider.api_key_setting, "") if provider.api_key_setting else "")


def key_hint(provider: AIProvider) -> str:
    """The last four characters of the key for people to recognise it by; empty without a key."""
    key = api_key_of(provider)
    return f"…{key[-4:]}" if len(key) >= 12 else ("…" if key else "")


def account_of(provider: AIProvider) -> Account:
    return Account(provider.kind, provider.base_url, api_key_of(provider))


async def _ask(account: Account) -> list[str]:
    client = connect(account)
    try:
        return await client.check()
    finally:
        await client.aclose()


def check_provider(provider: AIProvider, *, anew: bool = False) -> CheckResult:
    """Asks the provider for its models and keeps the outcome as its health.

    One that nobody knows yet, or with `anew` any, is also asked whether it is an Ollama server.
    """
    started, account = time.monotonic(), account_of(provider)
    try:
        models = async_to_sync(_ask)(account)
    except ProviderError as error:
        result = CheckResult(False, error=error.message)
    else:
        result = CheckResult(True, models, latency_ms=round((time.monotonic() - started) * 1000))
    mark_health(provider.key, error=result.error)
    if result.ok and (anew or provider.serves_ollama is None):
        recognise(provider, account)
    return result


def mark_health(provider_key: str, *, error: str = "") -> None:
    """Records that the provider answered (no `error`) or failed, and since when it has been failing."""
    now = timezone.now()
    row = AIProvider.objects.filter(key=provider_key)
    if not error:
        row.update(healthy=True, checked_at=now, failing_since=None, last_error="")
        return
    row.filter(failing_since__isnull=True).update(failing_since=now)
    row.update(healthy=False, checked_at=now, last_error=error[:300])
