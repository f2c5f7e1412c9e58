"""Which IP addresses are the public internet. The table is our own.

What the standard library calls global changes between its releases and includes metadata services, multicast and
IPv4 addresses in IPv6 clothes. Source: IANA's special-purpose registries, RFC 6890, and the clouds' manuals.
"""

from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network


class Reach(Enum):
    PUBLIC = "public"
    # The owner may open it in INTERNAL_HOSTS.
    INTERNAL = "internal"
    # Nobody can.
    FORBIDDEN = "forbidden"


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


# Metadata services hand out the machine's own credentials; the rest has no single host behind it, or hides another
# address inside: IPv4-compatible, IPv4-translated, NAT64, Teredo, 6to4.
FORBIDDEN = _networks(
    "0.0.0.0/8",
    "100.100.100.200/32",
    "168.63.129.16/32",
    "169.254.0.0/16",
    "192.0.0.0/24",
    "192.88.99.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "::ffff:0:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/32",
    "2002::/16",
    "fd00:ec2::/32",
    "fd20:ce::/32",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
)
COMPATIBLE = IPv6Network("::/96")
LOOPBACK = IPv6Address("::1")

# The rest of IPv4 is public.
INTERNAL_V4 = _networks(
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
)
# Of IPv6 only this is public, without protocol assignments (ORCHID, benchmarks), documentation and AS112.
PUBLIC_V6 = IPv6Network("2000::/3")
INTERNAL_V6 = _networks("2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20")
# The lower half of an ISATAP address: this, then an IPv4 address. The second bit of the first byte may be set.
ISATAP, ISATAP_MASK = 0x5EFE, 0xFDFFFFFF


def unwrapped(address: Address) -> Address:
    """An IPv4-mapped address is the IPv4 address: the kernel connects there."""
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped if mapped is not None else address


def parse(text: str) -> Address | None:
    """The address that `text` spells in its one plain form, unwrapped; None for everything else."""
    try:
        return unwrapped(ip_address(text))
    except ValueError:
        return None


def reach(address: Address) -> Reach:
    address = unwrapped(address)
    if _within(address, FORBIDDEN):
        return Reach.FORBIDDEN
    if isinstance(address, IPv4Address):
        return Reach.INTERNAL if _within(address, INTERNAL_V4) else Reach.PUBLIC
    return _reach_v6(address)


def _reach_v6(address: IPv6Address) -> Reach:
    if address in COMPATIBLE and address != LOOPBACK:
        return Reach.FORBIDDEN
    hidden = _isatap(address)
    if hidden is not None and reach(hidden) is not Reach.PUBLIC:
        return Reach.FORBIDDEN
    if address not in PUBLIC_V6 or _within(address, INTERNAL_V6):
        return Reach.INTERNAL
    return Reach.PUBLIC


def _isatap(address: IPv6Address) -> IPv4Address | None:
    interface = int(address) & 0xFFFF_FFFF_FFFF_FFFF
    if (interface >> 32) & ISATAP_MASK != ISATAP:
        return None
    return IPv4Address(interface & 0xFFFF_FFFF)


def _within(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)
