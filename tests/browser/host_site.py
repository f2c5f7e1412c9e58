"""Somebody else's site, on another host and port than the product, with pages that a test writes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TEXT = "<p>Lamps made by hand since 1911. Every shade is sewn in our own workshop.</p>" * 30


class HostSite:
    """`pages` are {path: (what stands in the head, Content-Security-Policy)}; `tag` is the widget's."""

    def __init__(self, port: int, server: str, key: str) -> None:
        self.origin = f"http://localhost:{port}"
        self.tag = f'<script src="{server}/widget.js" data-widget="{key}" async></script>'
        self.pages: dict[str, tuple[str, str]] = {"/": (self.tag, ""), "/next": (self.tag, "")}

    def html(self, path: str) -> str:
        meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        head = f"<head>{meta}<title>Shop</title>{self.pages[path][0]}</head>"
        return f"<!doctype html><html lang='en'>{head}<body><h1>Shop</h1>{TEXT}</body></html>"


@contextmanager
def host_site(server: str, key: str) -> Iterator[HostSite]:
    """Serves until the test is over."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            known = path in site.pages
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if known and site.pages[path][1]:
                self.send_header("Content-Security-Policy", site.pages[path][1])
            self.end_headers()
            self.wfile.write(site.html(path).encode() if known else b"")

        def log_message(self, format: str, *args: object) -> None:
            """Requests of a test page are nobody's business."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = HostSite(http.server_address[1], server, key)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        http.shutdown()
        http.server_close()
        thread.join(10)
