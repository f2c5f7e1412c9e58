"""Lists of hosts in the settings: INTERNAL_HOSTS opens, DENIED_HOSTS closes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Self

from integrations.http.addresses import Address, Network, parse

LONGEST_NAME = 253
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# glibc reads these as (parts of) IPv4 addresses, and so does every browser.
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
HIGHEST_PORT = 65_535


def is_name(host: str) -> bool:
    """A lower-case ASCII host name of well-formed labels whose last one cannot be read as a number."""
    labels = host.split(".")
    if len(host) > LONGEST_NAME or not all(LABEL.fullmatch(label) for label in labels):
        return False
    return NUMBER.fullmatch(labels[-1]) is None


@dataclass(frozen=True, slots=True)
class Entry:
    """One host: a name or a network, and the port that it is about (None: the usual ones)."""

    name: str = ""
    network: Network | None = None
    port: int | None = None

    @classmethod
    def read(cls, text: str) -> Self:
        """`host`, `host:port`, `[v6]:port`, `network/bits`, `network/bits:port`; ValueError says what is wrong."""
        host, port = _split_port(text.strip().lower())
        if "/" in host:
            return cls(network=_read_network(host), port=port)
        if (address := parse(host)) is not None:
            return cls(network=ip_network(address), port=port)
        if not is_name(name := host.removesuffix(".")):
            raise ValueError("is neither a host name nor an address")
        return cls(name=name, port=port)

    def covers(self, host: str, address: Address | None) -> bool:
        if self.network is None:
            return host == self.name
        return address is not None and address in self.network


def _read_network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise ValueError("is no network such as 192.168.1.0/24") from error


def _split_port(text: str) -> tuple[str, int | None]:
    bracketed = re.fullmatch(r"\[([^\]]*)\](?::([^:]*))?", text)
    if bracketed:
        host, port = bracketed[1], bracketed[2]
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        # More colons are an IPv6 address without a port.
        return text, None
    return host, None if port is None else read_port(port)


def read_port(text: str) -> int:
    """A port number; ValueError for anything else, port 0 too."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) <= HIGHEST_PORT:
        raise ValueError("names no port between 1 and 65535")
    return int(text)


@dataclass(frozen=True, slots=True)
class InternalHosts:
    """What the owner opened besides the public internet."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def read(cls, texts: Iterable[str]) -> Self:
        """Unreadable entries open nothing; a system check names them."""
        return cls(tuple(entry for text in texts if (entry := _readable(text)) is not None))

    def names(self, host: str) -> bool:
        return any(entry.name == host for entry in self.entries if entry.name)

    def names_exactly(self, host: str, port: int) -> bool:
        """Listed with this very port."""
        return any(entry.name == host and entry.port == port for entry in self.entries if entry.name)

    def may_open(self, host: str, port: int) -> bool:
        """Whether, before its addresses are known, the host could be open on this unusual port."""
        return any(entry.port == port and (not entry.name or entry.name == host) for entry in self.entries)

    def open(self, host: str, address: Address, *, port: int, usual: frozenset[int]) -> bool:
        return any(
            entry.covers(host, address) and (port in usual if entry.port is None else port == entry.port)
            for entry in self.entries
        )


def _readable(text: str) -> Entry | None:
    try:
        return Entry.read(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class DeniedHosts:
    """What nobody may call: names, whole domains (`.example.com`), networks."""

    names: frozenset[str] = frozenset()
    domains: tuple[str, ...] = ()
    networks: tuple[Network, ...] = field(default=())

    @classmethod
    def read(cls, texts: Iterable[str]) -> Self:
        plain = [text.strip().lower() for text in texts]
        domains = tuple(text for text in plain if text.startswith("."))
        entries = [entry for text in plain if not text.startswith(".") and (entry := _readable(text)) is not None]
        return cls(
            frozenset(entry.name for entry in entries if entry.name),
            domains,
            tuple(entry.network for entry in entries if entry.network is not None),
        )

    def name(self, host: str) -> bool:
        return host in self.names or any(host == domain[1:] or host.endswith(domain) for domain in self.domains)

    def address(self, address: Address) -> bool:
        return any(address in network for network in self.networks)
