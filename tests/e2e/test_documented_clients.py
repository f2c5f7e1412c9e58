"""The clients that the documentation shows, word for word in what they do: Python, and a browser of another origin."""

import asyncio
import functools
import json
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
import websockets
from django.conf import settings
from playwright.async_api import async_playwright

from tests.e2e.conftest import Product
from tests.model_server import ANSWER, model_server

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

CHROMIUM = shutil.which("chromium")

WEB_SOCKET = """url => new Promise((resolve, reject) => {
  const frames = [], ws = new WebSocket(url.replace('http', 'ws') + '/ws/chat');
  ws.onopen = () => ws.send(JSON.stringify({ message: 'Привет!' }));
  ws.onerror = reject;
  ws.onmessage = (event) => {
    const data = JSON.parse(event.data);
    frames.push(data);
    if (data.type === 'done') { ws.close(); resolve(frames); }
  };
})"""

EVENT_SOURCE = """url => new Promise((resolve, reject) => {
  const chunks = [], source = new EventSource(url + '/api/chat/stream?message=Привет');
  source.onerror = () => reject(new Error('broken'));
  source.onmessage = (event) => {
    const data = JSON.parse(event.data);
    chunks.push(data);
    if (data.type === 'done') { source.close(); resolve(chunks); }
  };
})"""

# Like the extension's parser: every read is decoded and split by itself, nothing is carried over.
FETCH_STREAM = """async url => {
  const response = await fetch(url + '/api/v1/chat/stream', {
    method: 'POST', mode: 'cors', credentials: 'omit',
    headers: { 'Content-Type': 'application/json', 'Accept': 'text/event-stream' },
    body: JSON.stringify({ message: 'hi', workflow_id: 'wf1', session_id: null, provider: 'openai', model: 'gpt-4o',
      context: { workflow_context: 'Workflow ID: wf1' } }),
  });
  const reader = response.body.getReader(), events = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    for (const line of new TextDecoder().decode(value).split('\\n')) {
      if (!line.startsWith('data: ')) continue;
      try { events.push(JSON.parse(line.slice(6))); } catch (error) { events.push({ lost: line }); }
    }
  }
  const history = await fetch(url + '/api/v1/chat/sessions/wf1').then(answer => answer.json());
  return { status: response.status, events, history };
}"""


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    if not settings.EMBEDDED:
        pytest.skip("the embedded run has the product of one process")
    with model_server() as models:
        product = Product(tmp_path_factory.mktemp("product"), LOCAL_LLM_URL=models.url, LOCAL_LLM_MODEL="echo")
        try:
            yield product.start()
        finally:
            product.kill()


async def python_client(product):
    frames = []
    async with websockets.connect(f"ws://127.0.0.1:{product.port}/ws/chat") as socket:
        await socket.send(json.dumps({"message": "Тест"}))
        async for text in socket:
            frames.append(json.loads(text))
            if frames[-1]["type"] == "done":
                return frames
    raise AssertionError(frames)


@pytest.fixture
def elsewhere(tmp_path):
    """A page of another origin."""
    (tmp_path / "page").mkdir()
    handler = functools.partial(QuietHandler, directory=str(tmp_path / "page"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        return


async def in_a_browser(product, elsewhere):
    """The three browser clients, on a page of another origin."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        page = await browser.new_page()
        await page.goto(elsewhere)
        try:
            return [await page.evaluate(script, product.url) for script in (WEB_SOCKET, EVENT_SOURCE, FETCH_STREAM)]
        finally:
            await browser.close()


def test_the_documented_clients_are_answered(serving, elsewhere):
    frames = asyncio.run(python_client(serving))
    assert frames[-2]["content"] == ANSWER

    over_socket, over_events, over_fetch = asyncio.run(in_a_browser(serving, elsewhere))
    for chunks in (over_socket, over_events):
        assert [chunk["type"] for chunk in chunks] == ["stage", "stage", "stage", "content", "done"]
        assert chunks[3]["content"] == ANSWER
    assert over_fetch["status"] == 200
    assert not [event for event in over_fetch["events"] if "lost" in event]
    assert "".join(event["chunk"] for event in over_fetch["events"]) == ANSWER
    assert [event["is_complete"] for event in over_fetch["events"]].count(True) == 1
    assert over_fetch["history"]["sessions"][0]["messages"][1]["content"] == ANSWER


def test_curl_is_answered(serving):
    body = httpx.post(f"{serving.url}/api/chat", json={"message": "Привет, Нейра!"}, timeout=20).json()
    assert (body["response"], body["model"]) == (ANSWER, "local-llm-echo")
    assert httpx.get(serving.url, headers={"accept": "*/*"}).json()["status"] == "ok"
