"""A page of another origin that uses the assistant's wire as older clients do, before a real server."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Product, embedded_run, models  # noqa: F401 - fixtures
from tests.model_server import ANSWER, ModelServer

PAGE = Path(__file__).parent.parent / "data" / "assistant_page"


class Elsewhere(SimpleHTTPRequestHandler):
    """The page's own site; `config.js` says where the assistant is."""

    product = ""

    def do_GET(self) -> None:
        if self.path != "/config.js":
            return super().do_GET()
        text = (
            f'window.ASSISTANT_API = "{self.product}/api";'
            f'window.ASSISTANT_SOCKET = "{self.product.replace("http", "ws")}/ws/chat";'
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Requests of a test page are nobody's business."""


@pytest.fixture
def product(embedded_run: None, tmp_path: Path, models: ModelServer) -> Iterator[Product]:  # noqa: F811
    made = Product(tmp_path, LOCAL_LLM_URL=models.url, LOCAL_LLM_MODEL="echo")
    yield made
    made.kill()


@pytest.fixture
def origin(product: Product) -> Iterator[str]:
    handler = type("Handler", (Elsewhere,), {"product": product.url})
    http = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(PAGE)))
    thread = Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{http.server_address[1]}"
    http.shutdown()
    http.server_close()
    thread.join(10)


@pytest.fixture
def client(chromium: Browser, product: Product, origin: str) -> Iterator[Page]:
    """The page, connected."""
    product.start()
    errors: list[str] = []
    context = chromium.new_context()
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(origin)
    expect(page.locator("#line")).to_have_text("online", timeout=20_000)
    yield page
    context.close()
    assert errors == []


def ask(page: Page, question: str) -> None:
    """Asks, and waits for the end of the answer."""
    ended = page.locator(".done").count()
    page.evaluate("text => ask(text)", question)
    expect(page.locator(".done")).to_have_count(ended + 1, timeout=20_000)


def figure(page: Page, name: str, value: str) -> None:
    expect(page.locator(f"#figure-{name}")).to_have_text(value, timeout=20_000)


def test_a_page_elsewhere_asks_and_shows_and_presses(client: Page) -> None:
    expect(client.locator("#models")).to_have_text("0 models", timeout=20_000)
    figure(client, "average", "0.0")
    figure(client, "local", "true,true,true")
    figure(client, "cloud", "false,false,false")
    ask(client, "Что такое чай?")
    expect(client.locator(".content")).to_have_count(1)
    assert ANSWER in (client.locator(".content").text_content() or "")
    assert [entry.text_content() for entry in client.locator(".stage").all()][0] == "analysis"
    figure(client, "context", "2")
    ask(client, "А кофе?")
    figure(client, "context", "4")
    client.locator("#clear").click()
    expect(client.locator("#said")).to_contain_text("clear-context 200")
    figure(client, "context", "0")
    client.locator("#reset").click()
    expect(client.locator("#said")).to_contain_text("reset-memory 200")
    figure(client, "memories", "0")
    polls = client.evaluate("polls")
    client.wait_for_function("before => polls > before", arg=polls)


def test_a_mini_page_is_shown_and_rated_from_elsewhere(client: Page) -> None:
    ask(client, "Создай UI для игры крестики-нолики")
    expect(client.locator(".artifact")).to_have_count(1)
    assert "unrated" in (client.locator(".artifact").text_content() or "")
    expect(client.locator(".content")).to_have_count(0)
    client.locator("#rate").click()
    expect(client.locator("#said")).to_contain_text("rate 200")
    expect(client.locator("#said")).to_contain_text('"rating":4')
