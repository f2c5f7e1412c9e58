"""A reranker puts what both legs found in order; where it fails their order stands and the answer says so."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from integrations.models import AIModel, AIProvider, UsageRecord
from integrations.remember import forget
from knowledge.evaluation.calibration import calibrate, store
from knowledge.indexing.versions import live_version
from knowledge.indexing.work import work_all
from knowledge.models import Document, IndexVersion
from knowledge.search import RERANKER_MISSING, search
from knowledge.search.reranking import READ
from knowledge.services import publish_document
from tests.knowledge.evaluation.conftest import add_question

pytestmark = pytest.mark.django_db(transaction=True)


class Reranker(ThreadingHTTPServer):
    """Finds texts with the word `wanted` relevant, but for questions with `unknown`; `answers` replaces its answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[dict[str, Any]] = []
        self.ports: set[int] = set()
        self.wanted = ""
        self.unknown = ""
        self.status = 200
        self.answers: Any = None
        self.gate: threading.Event | None = None

    def relevance(self, question: str, text: str) -> float:
        answers = self.wanted in text and not (self.unknown and self.unknown in question)
        return 6.5 if answers else -8.25


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Reranker

    def log_message(self, format: str, *args: Any) -> None:
        return

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.ports.add(self.client_address[1])
        self.server.requests.append({"path": self.path, "authorization": self.headers["Authorization"], **body})
        if self.server.gate is not None:
            self.server.gate.wait(30)
        scores = [self.server.relevance(body["query"], text) for text in body["documents"]]
        rows = [{"index": number, "relevance_score": score} for number, score in enumerate(scores)]
        rows.sort(key=lambda row: -row["relevance_score"])
        whole = {"model": body["model"], "results": rows, "usage": {"total_tokens": 123}}
        data = json.dumps(self.server.answers if self.server.answers is not None else whole).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def reranker(settings):
    server = Reranker()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    port = server.server_address[1]
    settings.INTERNAL_HOSTS = [f"127.0.0.1:{port}"]
    # The first call loads what speaks to providers, on a busy machine for longer than anybody would wait.
    settings.KNOWLEDGE_RERANK_SECONDS = 30
    provider = AIProvider.objects.create(
        key="ranks", name="Ranks", kind="openai", base_url=f"http://127.0.0.1:{port}/v1"
    )
    AIModel.objects.create(key="bge", provider=provider, name="bge-reranker", title="BGE", kind="reranker")
    forget()
    yield server
    if server.gate is not None:
        server.gate.set()
    server.shutdown()
    server.server_close()
    forget()


@pytest.fixture
def base(transactional_db):
    for number, place in enumerate(("door", "window", "garden", "cellar", "attic"), 1):
        body = f"Our courier brings the parcel to the {place}. Ask for number {number}."
        publish_document(slug=place, title=f"Parcels, part {number}", language="en", body=body)
    work_all()


def documents(query: str = "courier brings the parcel") -> list[str]:
    return [passage.document for passage in search(query, language="en", limit=5, everything=True).passages]


def test_what_the_reranker_prefers_stands_first(base, reranker):
    reranker.wanted = "cellar"
    found = search("courier brings the parcel", language="en")
    assert found.passages[0].document == "cellar"
    assert found.legs["reranker"] == "ok"
    assert found.degraded == ""
    assert [passage.ranking["reranker"]["relevance"] for passage in found.passages[:2]] == [6.5, -8.25]


def test_it_reads_titles_and_texts_once_and_no_more_than_the_best(base, reranker):
    for number in range(READ):
        publish_document(slug=f"more-{number}", title="More", language="en", body=f"The parcel {number} of a courier.")
    work_all()
    documents()
    (asked,) = reranker.requests
    assert (asked["path"], asked["model"], asked["query"]) == (
        "/v1/rerank",
        "bge-reranker",
        "courier brings the parcel",
    )
    assert len(asked["documents"]) == asked["top_n"] == READ
    assert any(text.startswith("Parcels, part") and "number" in text for text in asked["documents"])


def test_further_questions_take_the_same_connection(base, reranker):
    documents("courier brings the parcel")
    documents("parcel for number three")
    assert (len(reranker.requests), len(reranker.ports)) == (2, 1)


def test_the_call_is_in_the_ledger(base, reranker):
    documents()
    row = UsageRecord.objects.get()
    assert (row.purpose, row.model_key, row.input_tokens, row.outcome) == ("reranking", "bge", 123, "ok")


@pytest.mark.parametrize(
    ("status", "answers"),
    [
        (501, {"error": {"message": "This server does not support reranking."}}),
        (200, {"results": []}),
        (200, {"results": [{"index": 0, "relevance_score": 1.0}] * 5}),
        (200, {"results": [{"index": n, "relevance_score": float("nan")} for n in range(5)]}),
        (200, [1, 2, 3]),
        (200, {"results": "none"}),
    ],
)
def test_without_a_usable_answer_the_order_of_both_legs_stands_and_is_said(base, reranker, status, answers):
    AIModel.objects.update(enabled=False)
    forget()
    before = documents()
    AIModel.objects.update(enabled=True)
    forget()
    reranker.status, reranker.answers = status, answers
    found = search("courier brings the parcel", language="en", limit=5, everything=True)
    assert [passage.document for passage in found.passages] == before
    assert (found.degraded, found.legs["reranker"]) == (RERANKER_MISSING, "model_missing")
    assert "reranker" not in found.passages[0].ranking


def test_a_slow_one_is_not_waited_for(base, reranker, settings):
    settings.KNOWLEDGE_RERANK_SECONDS = 0.05
    reranker.gate = threading.Event()
    assert search("courier brings the parcel", language="en").degraded == RERANKER_MISSING


def test_without_a_reranker_nothing_is_said_of_one(base):
    found = search("courier brings the parcel", language="en")
    assert found.legs == {"lexical": "ok", "dense": "ok"}
    assert UsageRecord.objects.count() == 0


def test_a_question_without_words_is_not_read(base, reranker):
    search("   ", language="en")
    assert reranker.requests == []


def test_its_word_is_calibrated_and_then_decides_when_to_be_silent(base, reranker):
    cellar = Document.objects.get(slug="cellar")
    for number in range(20):
        add_question(f"courier brings the parcel {number}", cellar)
        add_question(f"courier brings the lottery {number}")
    reranker.wanted, reranker.unknown = "cellar", "lottery"
    version = live_version()
    report = calibrate(version)
    assert report.reranker == "bge"
    assert report.reranked is not None and report.reranked.relevance > 0
    assert report.figures["reranked"]["no_answer_recall"]["value"] == 1.0
    store(version, report)
    found = search("courier brings the parcel", language="en")
    assert [passage.document for passage in found.passages] == ["cellar"]
    assert not search("courier brings the lottery", language="en").answered


def test_a_calibration_of_another_reranker_is_not_used(base, reranker):
    version = IndexVersion.objects.get(state="live")
    version.calibration = {"reranker": "other", "reranked": {"bias": 50.0, "evidence": 0.0, "relevance": 1.0}}
    version.save()
    forget()
    reranker.wanted = "cellar"
    found = search("courier brings the parcel", language="en", everything=True)
    assert max(passage.confidence for passage in found.passages) < 0.999
