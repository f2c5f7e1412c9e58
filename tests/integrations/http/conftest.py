"""A network of our own: names are answered from a table, connections are written down and led to local servers."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from integrations.http import GuardedClient, Policy

PUBLIC = "93.184.215.14"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
NAMES = [
    "api.example.net",
    "start.example.net",
    "dual.example.net",
    "xn--bcher-kva.example.net",
    "example.org",
    "www.example.org",
]

type Handler = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


class Names:
    """The name server: `table` maps names to answers; a list of lists is answered one after the other."""

    def __init__(self, table=None):
        self.table = table or {}
        self.asked = []

    async def __call__(self, host, port):
        self.asked.append(host)
        answers = self.table.get(host) or self.table.get(f"{host}.")
        if not answers:
            raise OSError("unknown name")
        if isinstance(answers[0], list):
            return answers.pop(0) if len(answers) > 1 else answers[0]
        return answers


class Network:
    """Writes every connection down; leads those to `servers[port]` there, and refuses the others."""

    def __init__(self):
        self.connects = []
        self.servers = {}
        self.dead = set()

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        self.connects.append((host, port))
        if host in self.dead or port not in self.servers:
            raise httpcore.ConnectError("nobody there")
        return await httpcore.AnyIOBackend().connect_tcp("127.0.0.1", self.servers[port], timeout=timeout)


async def read_request(reader):
    """Head and body of one request, as sent."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return head + await reader.readexactly(length)


@asynccontextmanager
async def serving(handler: Handler, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on a local port; `handler` gets each request as sent and writes the answer."""

    async def connected(reader, writer):
        try:
            await handler(await read_request(reader), writer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away, which some tests are about
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def answering(data: bytes, *, seen: list[bytes] | None = None) -> Handler:
    async def handler(request, writer):
        if seen is not None:
            seen.append(request)
        writer.write(data)

    return handler


class World:
    """A client, its names and its network."""

    def __init__(self, *, tls=None, **policy):
        self.names = Names({"api.example.net": [PUBLIC], "start.example.net": [PUBLIC], "example.org": ["8.8.8.8"]})
        self.network = Network()
        self.client = GuardedClient(Policy(**policy), resolver=self.names, network=self.network, tls=tls)

    @asynccontextmanager
    async def serving(self, handler, *, port=80, tls=None):
        async with serving(handler, tls=tls) as local:
            self.network.servers[port] = local
            yield self


@pytest.fixture
def world():
    return World()


def usage(*, signs):
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _certificate(names, issuer_key=None, issuer=None):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.datetime.now(datetime.UTC)
    alternatives = [
        x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names
    ]
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key((issuer_key or key).public_key()), critical=False
        )
        .add_extension(usage(signs=issuer is None), critical=True)
        .sign(issuer_key or key, hashes.SHA256())
    )
    return key, built


class Authority:
    """Issues certificates that its `client_context` trusts."""

    def __init__(self, folder):
        self._folder = folder
        self._key, self._root = _certificate(["Tests"])

    def client_context(self):
        pem = self._root.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)

    def server_context(self, names):
        key, certificate = _certificate(names, self._key, self._root.subject)
        file = self._folder / f"{names[0]}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))
