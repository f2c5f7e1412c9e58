"""Credentials of every kind, and token servers behind the names of the real ones: local, over TLS, no network."""

import asyncio
import json
import threading
from contextlib import contextmanager

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from integrations.credentials import exchange
from integrations.http import GuardedClient, Policy
from integrations.services.credentials.changes import create_credential
from tests.integrations.http.conftest import PUBLIC, Authority, Names, Network, serving  # noqa: F401

HOSTS = [
    "oauth2.googleapis.com",
    "company.amocrm.ru",
    "iam.api.cloud.yandex.net",
    "oauth.yandex.ru",
    "discord.com",
    "tokens.example.net",
]


@pytest.fixture(scope="session")
def rsa_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key, pem.decode()


@pytest.fixture(scope="session")
def token_authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tokens"))


@pytest.fixture
def payloads(rsa_key):
    """A right payload of each kind."""
    pem = rsa_key[1]
    client = {"client_id": "id-1", "client_secret": "hush-secret-1", "refresh_token": "hush-refresh-1"}
    return {
        "google.service_account": {
            "type": "service_account",
            "client_email": "bot@project.iam.gserviceaccount.com",
            "private_key": pem,
            "private_key_id": "kid-1",
        },
        "google.oauth": client,
        "amocrm.oauth": {**client, "base_domain": "company.amocrm.ru", "redirect_uri": "https://example.org/back"},
        "yandex_cloud.service_account": {"id": "key-1", "service_account_id": "sa-1", "private_key": pem},
        "yandex_id.oauth": client,
        "telegram.api_key": {"bot_token": "123456:hush-telegram-token"},
        "discord.api_key": {"token": "hush-discord-token"},
        "discord.oauth": client,
        "openai.api_key": {"api_key": "sk-hush-0123456789", "organization": "org-1"},
        "other.api_key": {"api_key": "hush-key-0123456789", "header": "X-Key"},
        "other.oauth": {**client, "token_url": "https://tokens.example.net/token"},
        "other.basic": {"username": "анна", "password": "пароль: hush"},
        "other.service_account": {
            "token_uri": "https://tokens.example.net/jwt",
            "client_email": "issuer",
            "private_key": pem,
        },
        "other.other": {"value": "hush-anything"},
    }


@pytest.fixture
def make(db, payloads, dana):
    """A stored credential of this kind."""

    def build(kind, **options):
        provider, strategy = kind.split(".")
        values = {"name": kind, "payload": payloads[kind], "actor": dana, **options}
        return create_credential(provider=provider, strategy=strategy, **values)

    return build


class TokenServer:
    """Answers the next of `answers`, the last one again and again; `seen` holds what was asked."""

    def __init__(self):
        self.answers = [(200, {"access_token": "hush-token-1", "expires_in": 3600})]
        self.seen = []
        self.gate = threading.Event()
        self.gate.set()

    async def handle(self, request, writer):
        self.seen.append(request.decode())
        await asyncio.to_thread(self.gate.wait, 30)
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        data = json.dumps(body).encode()
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)

    @contextmanager
    def running(self, tls):
        """On a loop of its own: the code under test blocks."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        manager = serving(self.handle, tls=tls)
        port = asyncio.run_coroutine_threadsafe(manager.__aenter__(), loop).result(30)
        try:
            yield port
        finally:
            self.gate.set()
            asyncio.run_coroutine_threadsafe(manager.__aexit__(None, None, None), loop).result(30)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(30)
            loop.close()


@pytest.fixture
def tokens(token_authority, monkeypatch):
    server = TokenServer()
    with server.running(token_authority.server_context(HOSTS)) as port:

        def client():
            network = Network()
            network.servers = {443: port}
            names = Names({host: [PUBLIC] for host in HOSTS})
            policy = Policy(total_seconds=20, max_redirects=0)
            return GuardedClient(policy, resolver=names, network=network, tls=token_authority.client_context())

        monkeypatch.setattr(exchange, "new_client", client)
        yield server
