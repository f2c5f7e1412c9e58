"""GigaChat as far as our client and the official SDK use it, over TLS, with tokens that expire."""

import json
import ssl
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CREDENTIALS = "aWQ6c2VjcmV0"
WORDS = ["Здравствуйте", "! ", "Чем помочь?"]


def certificate(folder: Path) -> Path:
    """A PEM file with a self-signed certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tests Trusted Root CA")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "gigachat.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


class Handler(BaseHTTPRequestHandler):
    """Models: `GigaChat-2` answers; `call`, `json`, `cut`, `garbage`, `blacklist`, `busy`, `broken` as they say."""

    protocol_version = "HTTP/1.1"
    server: "GigaChatServer"

    def log_message(self, format: str, *args: Any) -> None:
        return

    def do_GET(self) -> None:
        if self._admitted():
            self._json(200, {"object": "list", "data": [{"id": "GigaChat-2", "object": "model", "owned_by": "sber"}]})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/api/v2/oauth":
            self._token(parse_qs(raw.decode()))
            return
        body = json.loads(raw)
        self.server.requests.append(body)
        if not self._admitted():
            return
        if self.path == "/v1/embeddings":
            self._embeddings(body)
        elif not body.get("stream"):
            self._json(200, self._frame({"message": {"role": "assistant", "content": "".join(WORDS)}}, "stop"))
        else:
            getattr(self, f"model_{body['model'].replace('-', '_').lower()}")(body)

    def model_gigachat_2(self, body: Any) -> None:
        self._stream([{"content": word} for word in WORDS], "stop")

    def model_call(self, body: Any) -> None:
        if body["messages"][-1]["role"] == "function":
            self._stream([{"content": body["messages"][-1]["content"]}], "stop")
            return
        call = {"name": body["functions"][0]["name"], "arguments": {"city": "Казань"}}
        self._stream([{"content": "", "functions_state_id": "state-7", "function_call": call}], "function_call")

    def model_json(self, body: Any) -> None:
        known = "response_format" in body
        self._stream([{"content": '{"city": "Казань"}' if known else "no schema came"}], "stop")

    def model_cut(self, body: Any) -> None:
        self._stream([{"content": "half"}], None)

    def model_garbage(self, body: Any) -> None:
        self._begin()
        self._chunk("data: {not json\n\n")
        self._end()

    def model_blacklist(self, body: Any) -> None:
        self._stream([{"content": "Не люблю менять тему разговора."}], "blacklist")

    def model_busy(self, body: Any) -> None:
        if sum(request["model"] == "busy" for request in self.server.requests) == 1:
            self._json(429, {"status": 429, "message": "Too Many Requests"}, {"Retry-After": "0.05"})
        else:
            self.model_gigachat_2(body)

    def model_broken(self, body: Any) -> None:
        self._json(500, {"status": 500, "message": "Internal Server Error"})

    def _token(self, form: dict[str, list[str]]) -> None:
        server = self.server
        known = self.headers["Authorization"] == f"Basic {CREDENTIALS}" and uuid.UUID(self.headers["RqUID"])
        if not known or form.get("scope") != ["GIGACHAT_API_PERS"]:
            self._json(401, {"code": 6, "message": "credentials doesn't match db data"})
            return
        server.tokens.append(f"token-{len(server.tokens) + 1}")
        expires_at = round((time.time() + server.lifetime) * 1000)
        self._json(200, {"access_token": server.tokens[-1], "expires_at": expires_at})

    def _admitted(self) -> bool:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token in self.server.tokens and token not in self.server.revoked:
            return True
        self._json(401, {"status": 401, "message": "Token has expired"})
        return False

    def _embeddings(self, body: Any) -> None:
        rows = [
            {"object": "embedding", "embedding": [float(len(text)), 1.0], "index": index, "usage": {"prompt_tokens": 3}}
            for index, text in enumerate(body["input"])
        ]
        self._json(200, {"object": "list", "data": rows, "model": body["model"]})

    def _stream(self, deltas: list[dict[str, Any]], reason: str | None) -> None:
        self._begin()
        for delta in deltas:
            self._chunk(f"data: {json.dumps(self._frame({'delta': delta}, None))}\n\n")
        if reason:
            usage = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13, "precached_prompt_tokens": 0}
            last = self._frame({"delta": {"content": ""}}, reason) | {"usage": usage}
            self._chunk(f"data: {json.dumps(last)}\n\ndata: [DONE]\n\n")
        self._end()

    def _frame(self, part: dict[str, Any], reason: str | None) -> dict[str, Any]:
        choice = {"index": 0, "finish_reason": reason, **part}
        usage = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
        frame = {"choices": [choice], "created": 1, "model": "GigaChat-2:1.0", "object": "chat.completion"}
        return frame | ({"usage": usage} if "message" in part else {})

    def _begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _chunk(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _end(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def _json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


class GigaChatServer(ThreadingHTTPServer):
    """`lifetime` of new tokens in seconds; what is in `revoked` is refused before its time."""

    daemon_threads = True

    def __init__(self, pem: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        # The handshake is left to the connection's own thread.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.requests: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.revoked: set[str] = set()
        self.lifetime = 1800.0

    def handle_error(self, request: Any, client_address: Any) -> None:
        return

    @property
    def base_url(self) -> str:
        return f"https://127.0.0.1:{self.server_address[1]}/v1"

    @property
    def auth_url(self) -> str:
        return f"https://127.0.0.1:{self.server_address[1]}/api/v2/oauth"


@contextmanager
def gigachat_server(pem: Path) -> Iterator[GigaChatServer]:
    server = GigaChatServer(pem)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
