"""What can be said about an address before anybody is asked for its IP."""

import re
import unicodedata
from dataclasses import dataclass

import httpx
from django.utils.translation import gettext as _

from integrations.http.addresses import Address, Reach, parse, reach
from integrations.http.errors import RefusedURL
from integrations.http.hosts import is_name
from integrations.http.policy import Policy

LONGEST_URL = 2048
DEFAULT_PORTS = {"http": 80, "https": 443}
START = re.compile(r"https?://[^/?#]", re.IGNORECASE)
# Names that are answered inside a network, or nowhere.
LOCAL_DOMAINS = frozenset(
    "arpa cluster corp example home internal intranet invalid lan local localdomain localhost mail onion private svc "
    "test".split()
)


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be called as far as one can tell without DNS. `host` is lower-case ASCII."""

    url: httpx.URL
    host: str
    port: int

    def __repr__(self) -> str:
        return f"Target({self.host}:{self.port})"


def check_url(url: str, policy: Policy) -> Target:
    """The parsed address; raises RefusedURL. The parser is that of the client which sends, so both see one host."""
    _check_text(url)
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise RefusedURL("url", _("The address cannot be read.")) from error
    if parsed.userinfo:
        raise RefusedURL("userinfo", _("The address must not hold a name or a password."))
    host = parsed.raw_host.decode("ascii").lower()
    port = parsed.port if parsed.port is not None else DEFAULT_PORTS[parsed.scheme]
    plain = check_host(host, port, policy=policy)
    return Target(parsed if plain == host else parsed.copy_with(host=plain), plain, port)


def _check_text(url: str) -> None:
    if len(url) > LONGEST_URL:
        raise RefusedURL("url", _("The address is longer than %(n)s characters.") % {"n": LONGEST_URL})
    if "\\" in url or not all(character.isprintable() and not character.isspace() for character in url):
        raise RefusedURL("url", _("The address holds a space, a backslash or a control character."))
    if not START.match(url):
        raise RefusedURL("scheme", _("The address must begin with http:// or https://."))
    authority = re.split(r"[/?#]", url.split("://", 1)[1], maxsplit=1)[0]
    if "@" in authority:
        raise RefusedURL("userinfo", _("The address must not hold a name or a password."))
    # Browsers and name servers turn full-width and circled characters into plain ones.
    if "%" in authority or any(unicodedata.normalize("NFKC", character) != character for character in authority):
        raise RefusedURL("host", _("The host of the address is not written plainly."))


def check_host(host: str, port: int, *, policy: Policy) -> str:
    """The host without its final dot; raises RefusedURL for whatever needs no DNS to be refused."""
    address = parse(host)
    if address is not None:
        check_address(host, address, port, policy=policy)
        return host
    name = host.removesuffix(".")
    _check_name(name, port, policy=policy)
    if port not in policy.ports and not policy.internal.may_open(name, port):
        raise _closed_port(name, port)
    return name


def _check_name(name: str, port: int, *, policy: Policy) -> None:
    if not is_name(name):
        raise RefusedURL("host", _("The host of the address is not a valid name."))
    if policy.denied.name(name):
        raise RefusedURL("denied", _("Calls to %(host)s are switched off.") % {"host": name})
    if policy.own.name(name) and not policy.internal.names_exactly(name, port):
        raise RefusedURL("own_host", _("%(host)s is this server itself.") % {"host": name})
    if is_local(name) and not policy.internal.names(name):
        raise _internal(name, port)


def is_local(name: str) -> bool:
    labels = name.split(".")
    return len(labels) == 1 or labels[-1] in LOCAL_DOMAINS


def check_address(host: str, address: Address, port: int, *, policy: Policy) -> None:
    """Raises RefusedURL unless `host`, which is at `address`, may be called on `port`."""
    where = reach(address)
    if where is Reach.FORBIDDEN:
        raise RefusedURL("address", _("%(host)s leads to an address that is never called.") % {"host": host})
    if policy.denied.address(address):
        raise RefusedURL("denied", _("Calls to %(host)s are switched off.") % {"host": host})
    if policy.internal.open(host, address, port=port, usual=policy.ports):
        return
    if where is Reach.INTERNAL:
        raise _internal(host, port)
    if port not in policy.ports:
        raise _closed_port(host, port)


def _internal(host: str, port: int) -> RefusedURL:
    text = _("%(host)s is in a private network; the owner of the server can open it as %(entry)s in INTERNAL_HOSTS.")
    return RefusedURL("internal", text % {"host": host, "entry": _entry(host, port)})


def _closed_port(host: str, port: int) -> RefusedURL:
    text = _("Port %(port)s is closed; the owner of the server can open it as %(entry)s in INTERNAL_HOSTS.")
    return RefusedURL("port", text % {"port": port, "entry": _entry(host, port)})


def _entry(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
