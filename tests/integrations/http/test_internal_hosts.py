"""The owner opens inner servers by name, address or network; metadata services stay shut."""

import pytest

from integrations.http import GuardedClient, Policy, RefusedURL, Request, RequestFailed
from integrations.http.hosts import DeniedHosts, InternalHosts
from tests.integrations.http.conftest import OK, World, answering


def world(*entries, names=None, denied=(), own=()):
    built = World(internal=InternalHosts.read(entries), denied=DeniedHosts.read(denied), own=DeniedHosts.read(own))
    built.names.table |= names or {}
    return built


async def reaches(built, url, *, port):
    async with built.serving(answering(OK), port=port):
        return (await built.client.fetch(Request("GET", url))).status == 200


async def refusal(built, url):
    with pytest.raises(RefusedURL) as caught:
        await built.client.fetch(Request("GET", url))
    assert built.network.connects == []
    return caught.value


@pytest.mark.parametrize(
    ("entry", "url", "port"),
    [
        ("n8n.lan", "http://n8n.lan/", 80),
        ("N8N.lan.", "http://n8n.LAN./", 80),
        ("n8n.lan:5678", "http://n8n.lan:5678/", 5678),
        ("redis-ui", "http://redis-ui:8080/", 8080),
        ("10.0.0.5:5678", "http://10.0.0.5:5678/", 5678),
        ("192.168.1.0/24", "http://192.168.1.77/", 80),
        ("192.168.1.0/24:9000", "http://192.168.1.77:9000/", 9000),
        ("192.168.1.0/24", "http://inside.example.net/", 80),
        ("127.0.0.1:11434", "http://127.0.0.1:11434/", 11434),
        ("127.0.0.1:11434", "http://[::ffff:127.0.0.1]:11434/", 11434),
        ("[fd12::5]:8080", "http://[fd12::5]:8080/", 8080),
        ("fd12::/48", "http://[fd12::5]/", 80),
        ("::1", "http://[::1]/", 80),
        ("api.example.net:9000", "http://api.example.net:9000/", 9000),
    ],
)
async def test_open(entry, url, port):
    names = {"n8n.lan": ["10.0.0.7"], "redis-ui": ["172.18.0.3"], "inside.example.net": ["192.168.1.9"]}
    assert await reaches(world(entry, names=names), url, port=port)


@pytest.mark.parametrize(
    ("entry", "url", "code"),
    [
        ("n8n.lan", "http://other.lan/", "internal"),
        ("n8n.lan", "http://x.n8n.lan/", "internal"),
        ("n8n.lan", "http://n8n.lan:5678/", "port"),
        ("n8n.lan:5678", "http://n8n.lan/", "internal"),
        ("10.0.0.5:5678", "http://10.0.0.5/", "internal"),
        ("10.0.0.5:5678", "http://10.0.0.6:5678/", "internal"),
        ("192.168.1.0/24", "http://192.168.2.1/", "internal"),
        ("192.168.1.0/24", "http://192.168.1.1:6379/", "internal"),
        ("192.168.1.0/24", "http://printer.lan/", "internal"),
        ("127.0.0.0/8", "http://127.1/", "host"),
        ("127.0.0.0/8", "http://2130706433/", "host"),
        ("*.lan", "http://n8n.lan/", "internal"),
    ],
)
async def test_not_open(entry, url, code):
    names = {"n8n.lan": ["10.0.0.7"], "other.lan": ["10.0.0.7"], "printer.lan": ["192.168.1.9"]}
    assert (await refusal(world(entry, names=names), url)).code == code


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.170.2",
        "168.63.129.16",
        "100.100.100.200",
        "192.0.0.192",
        "0.0.0.0",  # noqa: S104 - called, not listened on
        "255.255.255.255",
    ],
)
async def test_metadata_services_cannot_be_opened(address):
    entries = [address, f"{address}:80", "0.0.0.0/0", "meta.example.net"]
    assert (await refusal(world(*entries), f"http://{address}/")).code == "address"
    assert (await refusal(world(*entries), f"http://[::ffff:{address}]/")).code == "address"
    named = world(*entries, names={"meta.example.net": [address]})
    assert (await refusal(named, "http://meta.example.net/")).code == "address"


@pytest.mark.parametrize(
    "address", ["fd00:ec2::254", "fd20:ce::254", "fe80::1", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"]
)
async def test_nor_can_they_over_ipv6(address):
    assert (await refusal(world(address, "::/0"), f"http://[{address}]/")).code == "address"


async def test_a_name_that_was_opened_may_lead_inside_but_not_to_metadata_as_well():
    built = world("n8n.lan", names={"n8n.lan": ["10.0.0.7", "169.254.169.254"]})
    assert (await refusal(built, "http://n8n.lan/")).code == "address"


async def test_the_server_does_not_call_itself():
    world_names = {"switchboard.example.org": ["8.8.4.4"]}
    own = ["switchboard.example.org", ".internal.example.org"]
    assert (await refusal(world(own=own, names=world_names), "http://switchboard.example.org/")).code == "own_host"
    assert (await refusal(world(own=own), "http://a.internal.example.org/")).code == "own_host"
    opened = world("switchboard.example.org:8443", own=own, names=world_names)
    assert (await refusal(opened, "http://switchboard.example.org/")).code == "own_host"
    assert await reaches(
        world("switchboard.example.org:80", own=own, names=world_names), "http://switchboard.example.org/", port=80
    )


@pytest.mark.parametrize("url", ["http://example.org/", "http://a.example.org/", "http://9.9.9.9/"])
async def test_the_owner_closes_hosts(url):
    built = world("example.org", denied=[".example.org", "9.9.9.0/24"])
    assert (await refusal(built, url)).code == "denied"


async def test_an_address_that_a_closed_network_holds_is_found_behind_a_name():
    built = world(denied=["8.8.8.0/24"])
    assert (await refusal(built, "http://example.org/")).code == "denied"


def test_the_settings_are_read(settings):
    settings.INTERNAL_HOSTS = ["n8n.lan:5678", "nonsense:"]
    settings.ALLOWED_HOSTS = ["bots.example.org", ".example.com", "*", "[::1]"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://chat.example.org", "https://*.example.net"]
    policy = Policy.from_settings()
    assert policy.internal.names_exactly("n8n.lan", 5678) and len(policy.internal.entries) == 1
    for name in ("bots.example.org", "a.example.com", "example.com", "chat.example.org", "a.example.net"):
        assert policy.own.name(name)
    assert not policy.own.name("example.org")


async def test_a_refusal_says_how_to_open_and_nothing_of_the_path(settings):
    with pytest.raises(RefusedURL) as caught:
        await GuardedClient().fetch(Request("GET", "http://10.0.0.5:5678/secret?token=hush"))
    assert "10.0.0.5:5678" in caught.value.message
    assert "secret" not in caught.value.message and "hush" not in caught.value.message


async def test_an_unknown_name_is_a_failure_that_may_pass():
    with pytest.raises(RequestFailed) as caught:
        await world().client.fetch(Request("GET", "http://nobody.example.net/"))
    assert caught.value.code == "dns" and not caught.value.permanent
