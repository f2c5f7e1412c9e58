"""The door itself: a name becomes addresses, all of them are checked, and one of those is connected to."""

import asyncio
from collections.abc import Iterable
from typing import Any

import httpcore
from django.utils.translation import gettext as _

from integrations.http.addresses import Address, parse
from integrations.http.errors import RefusedURL, RequestFailed
from integrations.http.policy import Policy
from integrations.http.resolver import Resolver, system_resolver
from integrations.http.urls import Target, check_address, check_host, check_url

MOST_ATTEMPTS = 4


class Guard:
    """A policy together with the way to ask for addresses."""

    def __init__(self, policy: Policy, *, resolver: Resolver = system_resolver) -> None:
        self.policy = policy
        self._resolver = resolver

    def check(self, url: str) -> Target:
        """See `check_url`."""
        return check_url(url, self.policy)

    async def addresses(self, host: str, port: int) -> list[Address]:
        """Where to connect, asked once. One bad answer refuses them all: the next question may get only that one."""
        name = check_host(host.lower(), port, policy=self.policy)
        literal = parse(name)
        if literal is not None:
            return [literal]
        addresses = [self._readable(answer, name) for answer in await self._ask(name, port)]
        for address in addresses:
            check_address(name, address, port, policy=self.policy)
        return addresses

    async def _ask(self, name: str, port: int) -> list[str]:
        try:
            async with asyncio.timeout(self.policy.dns_seconds):
                answers = await self._resolver(name, port)
        except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
            raise _unknown(name) from error
        if not answers:
            raise _unknown(name)
        return answers

    @staticmethod
    def _readable(answer: str, name: str) -> Address:
        address = parse(answer)
        if address is None:
            raise RefusedURL("address", _("%(host)s leads to an address that is never called.") % {"host": name})
        return address


def _unknown(name: str) -> RequestFailed:
    return RequestFailed("dns", _("The name %(host)s cannot be found.") % {"host": name}, permanent=False)


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """The network as the HTTP client sees it. It asks for a name and gets a connection to an address that was checked.

    TLS is begun above this and keeps to the name: SNI and certificate are those of the host. httpcore2 has the same
    interface; `network` and the exceptions in `failures` are those of the library that uses this backend.
    """

    def __init__(self, guard: Guard, *, network: Any, failures: tuple[type[Exception], ...]) -> None:
        self._guard = guard
        self._network = network
        self._failures = failures

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Any:
        addresses = await self._guard.addresses(host, port)
        *others, last = addresses[:MOST_ATTEMPTS]
        for address in others:
            try:
                return await self._connect(address, port, timeout=timeout, socket_options=socket_options)
            except self._failures:
                continue
        return await self._connect(last, port, timeout=timeout, socket_options=socket_options)

    async def _connect(
        self, address: Address, port: int, *, timeout: float | None, socket_options: Iterable[Any] | None
    ) -> Any:
        return await self._network.connect_tcp(str(address), port, timeout=timeout, socket_options=socket_options)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> Any:
        raise RefusedURL("scheme", _("The address must begin with http:// or https://."))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
