"""System checks of what the outside may be and of what is sealed: what its owner did not mean is told at the start."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from integrations.http.addresses import FORBIDDEN, Network, Reach, reach
from integrations.http.hosts import Entry, read_port
from integrations.sealing import sealed_fields

# Shorter prefixes open more than one site's network.
NARROW = {4: 16, 6: 48}
# The memory of a graphics card, GB: less holds no model, and more is a figure in megabytes.
PLAUSIBLE_GB = (0.5, 4096)


@register()
def internal_hosts_are_readable(**_: Any) -> list[CheckMessage]:
    return [*_unreadable("INTERNAL_HOSTS", settings.INTERNAL_HOSTS, "integrations.E001"), *_refused_for_good()]


@register()
def denied_hosts_are_readable(**_: Any) -> list[CheckMessage]:
    names = [text.removeprefix(".") for text in settings.DENIED_HOSTS]
    return list(_unreadable("DENIED_HOSTS", names, "integrations.E003"))


@register()
def outgoing_ports_are_ports(**_: Any) -> list[CheckMessage]:
    return [
        Error(f"OUTGOING_PORTS holds {text!r}, which {error}.", id="integrations.E004")
        for text in settings.OUTGOING_PORTS
        if (error := _error_of(read_port, text))
    ]


@register()
def internal_hosts_are_narrow(**_: Any) -> list[CheckMessage]:
    return [
        Warning(
            f"INTERNAL_HOSTS opens the whole of {network}.",
            hint="Whoever may type an address can then call every server in it. Name the servers.",
            id="integrations.W001",
        )
        for network in _networks(settings.INTERNAL_HOSTS)
        if network.prefixlen < NARROW[network.version]
    ]


@register()
def the_memory_of_model_servers_is_plausible(**_: Any) -> list[CheckMessage]:
    gigabytes, (least, most) = settings.OLLAMA_MAX_VRAM_GB, PLAUSIBLE_GB
    if gigabytes == 0 or least <= gigabytes <= most:
        return []
    hint = "It is the memory that models may take on an Ollama server, in gigabytes; 0 leaves that to the server."
    return [Warning(f"OLLAMA_MAX_VRAM_GB is {gigabytes:g}.", hint=hint, id="integrations.W002")]


def _unreadable(setting: str, texts: list[str], id_: str) -> Iterator[CheckMessage]:
    for text in texts:
        if error := _error_of(Entry.read, text):
            yield Error(f"{setting} holds {text!r}, which {error}.", hint="Wildcards are not understood.", id=id_)


def _error_of(read: Any, text: str) -> str:
    try:
        read(text)
    except ValueError as error:
        return str(error)
    return ""


def _refused_for_good() -> Iterator[CheckMessage]:
    """An entry that lies wholly in what is never called does nothing."""
    for network in _networks(settings.INTERNAL_HOSTS):
        inside = reach(network.network_address) is reach(network.broadcast_address) is Reach.FORBIDDEN
        if inside and any(network.version == wide.version and _subnet(network, wide) for wide in FORBIDDEN):
            yield Error(f"INTERNAL_HOSTS holds {network}, which is never called.", id="integrations.E002")


def _subnet(network: Network, wide: Network) -> bool:
    return network.network_address in wide and network.broadcast_address in wide


def _networks(texts: list[str]) -> Iterator[Network]:
    for text in texts:
        try:
            network = Entry.read(text).network
        except ValueError:
            continue
        if network is not None:
            yield network


@register()
def sealed_fields_are_declared(**_: Any) -> list[CheckMessage]:
    """A field that rotation does not know would be lost with the former key."""
    found = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.name.startswith("sealed_")
    }
    unknown = sorted(found - {str(sealed) for sealed in sealed_fields()})
    return [Error(f"{name} is not in the sealed_fields of its model.", id="integrations.E005") for name in unknown]
