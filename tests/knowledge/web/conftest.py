"""A website of our own: docs.example.net leads to a server in this process, through the guard as in earnest."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.utils import timezone

from integrations.http import GuardedClient, Policy
from knowledge.indexing.work import work_all
from knowledge.models import Document, WebSource
from knowledge.web import fetching
from knowledge.web.services import add_source
from tests.integrations.http.conftest import PUBLIC, Names, Network

SITE = "http://docs.example.net"

type Answer = tuple[int, dict[str, str], bytes]


class Site:
    """What is served, by path; `asked` has the paths in order, `headers` those of the last request for each."""

    def __init__(self, port: int) -> None:
        self.answers: dict[str, Answer | Callable[[], Answer]] = {}
        self.asked: list[str] = []
        self.headers: dict[str, dict[str, str]] = {}
        self.over = threading.Event()
        self.names = Names({name: [PUBLIC] for name in ("docs.example.net", "www.docs.example.net", "example.org")})
        self.names.table["inside.example.net"] = ["10.0.0.7"]
        self.network = Network()
        self.network.servers[80] = port
        self.policy: dict[str, Any] = {}

    def page(self, path: str, text: str, *, title: str = "", **headers: str) -> None:
        """A page in Markdown, which takes no process to be read."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (200, {"Content-Type": "text/markdown"} | named, f"# {title or text}\n\n{text}".encode())

    def html(self, path: str, body: str) -> None:
        self.file(path, f"<html lang=en><title>Title</title><body>{body}</body></html>", "text/html; charset=utf-8")

    def file(self, path: str, content: bytes | str, kind: str = "") -> None:
        body = content.encode() if isinstance(content, str) else content
        self.answers[path] = (200, {"Content-Type": kind} if kind else {}, body)

    def status(self, path: str, status: int, **headers: str) -> None:
        self.answers[path] = (status, headers, b"")

    def redirect(self, path: str, target: str) -> None:
        self.status(path, 302, Location=target)

    def sitemap(self, *urls: str, path: str = "/sitemap.xml", changed: str = "") -> None:
        last = f"<lastmod>{changed}</lastmod>" if changed else ""
        rows = "".join(f"<url><loc>{url}</loc>{last}</url>" for url in urls)
        text = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'
        self.file(path, text, "application/xml")

    def client(self) -> GuardedClient:
        return GuardedClient(Policy(**self.policy), resolver=self.names, network=self.network)

    def pages_asked(self) -> list[str]:
        return [path for path in self.asked if path != "/robots.txt"]

    def respond(self, path: str, headers: dict[str, str]) -> Answer:
        self.asked.append(path)
        self.headers[path] = headers
        answer = self.answers.get(path, (404, {}, b""))
        found = answer() if callable(answer) else answer
        etag = found[1].get("ETag")
        return (304, {"ETag": etag}, b"") if etag and headers.get("if-none-match") == etag else found


def _handler(find: Callable[[], Any]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = {name.lower(): value for name, value in self.headers.items()}
            status, headers, body = find().respond(self.path, sent)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(lambda: served))
    served = Site(server.server_address[1])
    monkeypatch.setattr(fetching, "web_client", served.client)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield served
    served.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


def add(path: str = "/sitemap.xml", **values: Any) -> Any:
    kind = "sitemap" if path.endswith((".xml", ".gz", ".txt")) or path == "/" else "page"
    return add_source(**{"name": "Docs", "url": SITE + path, "kind": kind} | values)


def again(source: Any) -> Any:
    """The next visit, from its beginning to its end."""
    WebSource.objects.filter(pk=source.pk).update(next_at=timezone.now() - timedelta(seconds=1))
    return visit(source)


def visit(source: Any) -> Any:
    work_all()
    source.refresh_from_db()
    return source


def document(path: str) -> Any:
    return Document.objects.get(address=SITE + path)
