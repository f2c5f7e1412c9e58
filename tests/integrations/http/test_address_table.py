"""The address table over whole ranges: edges, random members, and every disguise of IPv4 in IPv6."""

import random
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import pytest

from integrations.http.addresses import Reach, parse, reach

SPECIAL = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
    "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23",
    "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "4000::/2", "5f00::/16", "8000::/1", "fc00::/7",
    "fd00:ec2::/32", "fe80::/10", "fec0::/10", "ff00::/8",
]  # fmt: skip
NEVER = [
    "0.0.0.0/8", "169.254.0.0/16", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32", "224.0.0.0/4",
    "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fd00:ec2::/32", "fe80::/10", "ff00::/8",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.215.14", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
          "192.0.1.0", "223.255.255.255", "168.63.129.15", "2001:200::1", "2606:4700:4700::1111", "2a00:1450::1",
          "2003::1", "3ffe:ffff::1"]  # fmt: skip


def members(text, count=40):
    network = ip_network(text)
    first, last = int(network.network_address), int(network.broadcast_address)
    chosen = {first, last, *(random.Random(text).randint(first, last) for _ in range(count))}
    return [(IPv4Address if network.version == 4 else IPv6Address)(number) for number in chosen]


@pytest.mark.parametrize("network", SPECIAL)
def test_no_member_of_a_special_range_is_public(network):
    assert all(reach(address) is not Reach.PUBLIC for address in members(network))


@pytest.mark.parametrize("network", NEVER)
def test_no_member_of_these_can_be_opened(network):
    assert all(reach(address) is Reach.FORBIDDEN for address in members(network))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_and_the_neighbours_of_special_ones(address):
    assert reach(ip_address(address)) is Reach.PUBLIC


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "172.31.255.255", "192.168.1.1", "::1", "fd12::1"])
def test_private_addresses_can_be_opened(address):
    assert reach(ip_address(address)) is Reach.INTERNAL


def disguises(inner):
    """`inner` as the 32 bits that each IPv6 scheme hides an IPv4 address in."""
    bits = int(inner)
    yield IPv6Address(bits)
    yield IPv6Address((0xFFFF0000 << 32) | bits)
    yield IPv6Address((0x64FF9B << 96) | bits)
    yield IPv6Address((0x2002 << 112) | (bits << 80) | 1)
    yield IPv6Address((0x20010000 << 96) | (bits ^ 0xFFFFFFFF))
    yield IPv6Address((0x2A001450 << 96) | (0x5EFE << 32) | bits)
    yield IPv6Address((0x2A001450 << 96) | (0x2005EFE << 32) | bits)


@pytest.mark.parametrize("inner", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.0.1", "100.100.100.200"])
def test_no_disguise_of_an_inner_address_is_public_or_can_be_opened(inner):
    for address in disguises(IPv4Address(inner)):
        if address != IPv6Address("::1"):
            assert reach(address) is Reach.FORBIDDEN, address


@pytest.mark.parametrize("network", [text for text in SPECIAL if "." in text])
def test_a_mapped_address_is_what_it_maps(network):
    for inner in members(network):
        mapped = IPv6Address((0xFFFF << 32) | int(inner))
        assert reach(mapped) is reach(inner)
        assert parse(str(mapped)) == inner


def test_random_addresses_agree_with_a_second_opinion():
    """Whatever the standard library calls private or reserved is never public with us."""
    chance = random.Random(6890)
    numbers: list[Any] = [IPv4Address(chance.getrandbits(32)) for _ in range(5000)]
    numbers += [IPv6Address((1 << 125) | chance.getrandbits(125)) for _ in range(5000)]
    for address in numbers:
        if not address.is_global or address.is_multicast or address.is_reserved:
            assert reach(address) is not Reach.PUBLIC, address


@pytest.mark.parametrize(
    "text", ["", "1", "127.1", "0x7f.0.0.1", "0177.0.0.1", "1.2.3.4.5", "１.1.1.1", "a", "1.2.3.4/8"]
)
def test_only_the_plain_spelling_is_an_address(text):
    assert parse(text) is None
