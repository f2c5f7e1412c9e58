"""One set-up of benchmarks.search, in a process of its own: CHUNKS QUESTIONS INDEXED FOLDER; prints a line of JSON."""

import csv
import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import batched
from pathlib import Path
from typing import Any

import django

django.setup()

import bm25s  # noqa: E402 - Django comes first
import numpy as np  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from benchmarks import corpus  # noqa: E402
from knowledge.chunking import split  # noqa: E402
from knowledge.dense import pgvector  # noqa: E402
from knowledge.encoders import encoder_for, query_vector  # noqa: E402
from knowledge.indexing import write  # noqa: E402
from knowledge.indexing.embed import text_of  # noqa: E402
from knowledge.indexing.versions import locked_versions  # noqa: E402
from knowledge.indexing.work import work_all  # noqa: E402
from knowledge.models import Chunk, Document, IndexVersion, PendingVector, Vector  # noqa: E402
from knowledge.search import search  # noqa: E402
from knowledge.services import publish_document  # noqa: E402

SAMPLES = corpus.ROOT / "knowledge" / "samples"
TOGETHER = 50

Found = Callable[[str, str], Sequence[str]]


def main(chunks: int, questions: int, indexed: int, keep: Path) -> dict[str, Any]:
    call_command("migrate", verbosity=0)
    made = list(corpus.documents(chunks))
    first = indexed // corpus.CHUNKS_A_DOCUMENT
    publish_samples()
    work_all()
    speed = index(made[:first])
    load(made[first:], keep / f"use-{chunks}-{first}.npy")
    version = IndexVersion.objects.get(state="live")
    pgvector.ensure_index(version)
    labelled = labelled_questions()
    speed_questions = list(corpus.questions(questions))
    hybrid = {"hybrid": measure(product, labelled, speed_questions)}
    hybrid["never silent"] = measure(never_silent, labelled, speed_questions) | {"precision": None, "recall": None}
    rows = {**hybrid, **peers(labelled, speed_questions, version)}
    return {
        "rows": rows,
        "chunks": version.chunks,
        "dense": "pgvector" if pgvector.available() else "in process",
        **speed,
    }


def publish_samples() -> None:
    for language in ("en", "ru"):
        for path in sorted((SAMPLES / language).glob("*.md")):
            body = path.read_text()
            title = body.partition("\n")[0].lstrip("# ").strip()
            publish_document(slug=f"{path.stem}-{language}", title=title, language=language, body=body)


def index(documents: list[corpus.Text]) -> dict[str, float]:
    """The documents through the product's own door and worker; passages a second."""
    before, began = Chunk.objects.count(), time.perf_counter()
    for text in progress(documents, "publishing"):
        publish_document(slug=text.slug, title=text.title, language=text.language, body=text.body)
    published = time.perf_counter()
    work_all()
    count, ended = Chunk.objects.count() - before, time.perf_counter()
    encoder = encoder_for("use")
    model: Any = encoder
    some = [text_of(chunk) for chunk in Chunk.objects.select_related("document")[before : before + 200]]
    tokens = statistics.mean(len(model._model._tokenizer.encode(text, out_type=int)) for text in some)
    return {"indexing": count / (ended - began), "vectors": count / (ended - published), "tokens": tokens}


def load(documents: list[corpus.Text], kept: Path) -> None:
    """The rest in large transactions, its vectors from the last run where there are any."""
    vectors = np.load(kept) if kept.exists() else None
    collected: list[np.ndarray[Any, Any]] = []
    used = 0
    for some in batched(progress(documents, "loading"), TOGETHER):
        with transaction.atomic():
            version = next(iter(locked_versions()))
            rows = [chunk for text in some for chunk in _stored(text, version)]
            if vectors is None:
                collected.append(encoder_for("use").passages([text_of(row) for row in rows]).astype("<f2"))
                part = collected[-1]
            else:
                part, used = vectors[used : used + len(rows)], used + len(rows)
            Vector.objects.bulk_create(
                [Vector(chunk=row, index=version, data=line.tobytes()) for row, line in zip(rows, part, strict=True)]
            )
            pgvector.store({row.pk: line.astype(np.float32) for row, line in zip(rows, part, strict=True)})
            PendingVector.objects.filter(index=version).delete()
            locked = IndexVersion.objects.get(pk=version.pk)
            IndexVersion.objects.filter(pk=version.pk).update(
                vectors=locked.vectors + len(rows), revision=locked.revision + 1
            )
    if vectors is None and collected:
        np.save(kept, np.concatenate(collected))
    if connection.vendor == "postgresql":
        # Autovacuum does it within minutes, and would do it while we measure.
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")


def _stored(text: corpus.Text, version: IndexVersion) -> list[Chunk]:
    document = Document.objects.create(
        slug=text.slug, title=text.title, language=text.language, body=text.body, edition=1
    )
    pieces = enumerate(split(text.body, title=text.title))
    chunks = [write.chunk_of(piece, number=number, title=text.title) for number, piece in pieces]
    write.add(version, document, chunks, edition=1)
    return list(Chunk.objects.filter(document=document).select_related("document").order_by("position"))


def labelled_questions() -> list[dict[str, Any]]:
    with (SAMPLES / "questions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["expected"] = set(filter(None, row["documents"].split("|")))
    return rows


def product(question: str, language: str) -> Sequence[str]:
    return [passage.document for passage in search(question, language=language, limit=10).passages]


def never_silent(question: str, language: str) -> Sequence[str]:
    """The ranking by itself, as the peers give it."""
    return [passage.document for passage in search(question, language=language, limit=10, everything=True).passages]


def measure(find: Found, labelled: list[dict[str, Any]], questions: Iterable[tuple[str, str]]) -> dict[str, Any]:
    times: list[float] = []
    for question, language in questions:
        began = time.perf_counter()
        find(question, language)
        times.append(1000 * (time.perf_counter() - began))
    ranked = [(row, [slug.rpartition("-")[0] for slug in find(row["question"], row["language"])]) for row in labelled]
    times.sort()
    answerable = [(row["expected"], list(dict.fromkeys(found))) for row, found in ranked if row["expected"]]
    silent = [(not row["expected"], not found) for row, found in ranked]
    return {
        "p50": times[len(times) // 2],
        "p95": times[int(len(times) * 0.95)],
        "hit": statistics.mean(bool(expected & set(found[:3])) for expected, found in answerable),
        "mrr": statistics.mean(_reciprocal(expected, found) for expected, found in answerable),
        "ndcg": statistics.mean(_ndcg(expected, found) for expected, found in answerable),
        "precision": _share(none for none, is_silent in silent if is_silent),
        "recall": _share(is_silent for none, is_silent in silent if none),
    }


def _reciprocal(expected: set[str], found: list[str]) -> float:
    return next((1 / place for place, slug in enumerate(found[:10], 1) if slug in expected), 0.0)


def _ndcg(expected: set[str], found: list[str]) -> float:
    gain = sum(1 / math.log2(place + 1) for place, slug in enumerate(found[:10], 1) if slug in expected)
    return gain / sum(1 / math.log2(place + 1) for place in range(1, min(len(expected), 10) + 1))


def _share(values: Iterable[bool]) -> float | None:
    known = list(values)
    return statistics.mean(known) if known else None


def peers(labelled: list[dict[str, Any]], questions: list[tuple[str, str]], version: IndexVersion) -> dict[str, Any]:
    rows = list(Chunk.objects.filter(index=version).select_related("document").defer("document__body").order_by("pk"))
    slugs = [row.document.slug for row in rows]
    retriever = bm25s.BM25()
    texts = [text_of(row) for row in rows]
    retriever.index(bm25s.tokenize(texts, stopwords=None, show_progress=False), show_progress=False)

    def by_words(question: str, language: str) -> Sequence[str]:
        tokens = bm25s.tokenize([question], stopwords=None, show_progress=False)
        found, _ = retriever.retrieve(tokens, k=10, show_progress=False)
        return [slugs[index] for index in found[0]]

    data = dict(Vector.objects.filter(index=version).values_list("chunk_id", "data"))
    matrix = np.stack([np.frombuffer(data[row.pk], "<f2") for row in rows]).astype(np.float32)

    def by_meaning(question: str, language: str) -> Sequence[str]:
        likeness = matrix @ query_vector("use", f"{question} ")
        best = np.argpartition(-likeness, 10)[:10]
        return [slugs[index] for index in best[np.argsort(-likeness[best])]]

    found = {"bm25s": measure(by_words, labelled, questions), "dense alone": measure(by_meaning, labelled, questions)}
    # They never keep silent.
    return {name: {**row, "precision": None, "recall": None} for name, row in found.items()}


def progress[T](items: Iterable[T], label: str) -> Iterable[T]:
    total = len(items) if isinstance(items, list) else 0
    for number, item in enumerate(items, 1):
        if number % 50 == 0 or number == total:
            print(f"\r{label} {number}/{total}", end="", file=sys.stderr, flush=True)
        yield item
    print(file=sys.stderr)


if __name__ == "__main__":
    chunks, questions, indexed = (int(word) for word in sys.argv[1:4])
    print(json.dumps(main(chunks, questions, indexed, Path(sys.argv[4]))))
