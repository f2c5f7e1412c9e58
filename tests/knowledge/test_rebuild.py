"""A new index version beside the live one: no error, no empty answer, no mixed vectors, and nothing lost on the way."""

import threading
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone

from knowledge.choices import IndexState
from knowledge.dense import memory
from knowledge.encoders import base, registry
from knowledge.indexing import build
from knowledge.indexing.build import clear_closed
from knowledge.indexing.versions import GRACE, TEXT_RULES, BuildInProgress, begin_build, cancel_build
from knowledge.indexing.work import build_next, work_all
from knowledge.models import Chunk, Document, IndexVersion, Term, Vector
from knowledge.search import search
from knowledge.services import delete_document, publish_document

SUBJECTS = ["parcel", "refund", "kettle", "garden", "invoice", "password", "bicycle", "library", "harbour", "violin"]


class Letters(base.Encoder):
    """Another model: counts of letters."""

    key = "letters"
    batch = 4

    def passages(self, texts: Sequence[str]) -> base.Vectors:
        rows = [[Counter(text.lower())[letter] for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts]
        return base.normalised(np.array(rows, np.float32))

    def query(self, text: str):
        return self.passages([text])[0]


@pytest.fixture(autouse=True)
def letters(monkeypatch):
    monkeypatch.setitem(registry.LOCAL, "letters", Letters)
    memory.indexes.clear()
    registry.encoder_for.cache_clear()


def publish(subject: str, note: str = "is described here") -> Document:
    body = "\n\n".join(f"## Part {number}\n\nThe {subject} {note}, part {number}." for number in range(3))
    return publish_document(slug=subject, title=subject.title(), language="en", body=body, source="")


@pytest.fixture
def filled():
    for subject in SUBJECTS:
        publish(subject)
    work_all()


def live() -> IndexVersion:
    return IndexVersion.objects.get(state=IndexState.LIVE)


def step() -> bool:
    return build_next()


class Traffic:
    """Asks without pause in threads; notes every error and every answer that was not the right document."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.versions: set[int | None] = set()
        self.asked = 0
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(3)]

    def __enter__(self) -> "Traffic":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, number: int) -> None:
        try:
            while not self._over.is_set():
                subject = SUBJECTS[(self.asked + number) % len(SUBJECTS)]
                self._check(subject)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test says it
            self.wrong.append(repr(error))
        finally:
            connection.close()

    def _check(self, subject: str) -> None:
        result = search(f"where is the {subject} described", language="en")
        self.asked += 1
        self.versions.add(result.index)
        if not result.passages or result.passages[0].document != subject or result.degraded:
            self.wrong.append(f"{subject}: {[passage.document for passage in result.passages]} {result.legs}")
        elif result.legs["dense"] != "ok":
            self.wrong.append(f"{subject}: dense leg {result.legs['dense']}")


@pytest.mark.django_db(transaction=True)
def test_another_model_takes_over_under_constant_traffic(filled):
    former = live()
    with Traffic() as traffic:
        fresh = begin_build("letters")
        work_all()
        asked = traffic.asked
        while traffic.asked < asked + 30 and not traffic.wrong:
            work_all()
    assert traffic.wrong == []
    assert traffic.versions == {former.pk, fresh.pk}
    assert (live().pk, live().encoder, live().dimensions) == (fresh.pk, "letters", 26)
    lengths = {len(bytes(data)) for data in Vector.objects.filter(index=fresh).values_list("data", flat=True)}
    assert lengths == {26 * 2}
    assert Chunk.objects.filter(index=fresh).count() == 3 * len(SUBJECTS)


@pytest.mark.django_db
def test_what_changes_while_a_version_is_built_is_in_both(filled, monkeypatch):
    monkeypatch.setattr(build, "DOCUMENTS", 3)
    begin_build("letters")
    step()
    publish("telescope")
    publish("parcel", "has moved to the moon")
    delete_document(Document.objects.get(slug="violin"))
    assert search("parcel moon", language="en").answered
    work_all()
    assert live().encoder == "letters"
    slugs = set(Chunk.objects.filter(index=live()).values_list("document__slug", flat=True))
    assert slugs == {*SUBJECTS, "telescope"} - {"violin"}
    assert Chunk.objects.filter(index=live()).count() == 3 * len(slugs)
    assert search("parcel moon", language="en").passages[0].document == "parcel"


@pytest.mark.django_db
def test_terms_are_counted_in_the_new_version_as_in_the_old_one(filled):
    before = dict(Term.objects.filter(index=live()).values_list("term", "chunks"))
    begin_build("letters")
    work_all()
    assert dict(Term.objects.filter(index=live()).values_list("term", "chunks")) == before


@pytest.mark.django_db
def test_a_build_goes_on_where_its_worker_died(filled, monkeypatch):
    fresh = begin_build("letters")
    copy, copied = build.copy_document, []

    def dying(document, version):
        if len(copied) == 4:
            raise KeyboardInterrupt
        copied.append(document.slug)
        return copy(document, version)

    monkeypatch.setattr(build, "copy_document", dying)
    with pytest.raises(KeyboardInterrupt):
        step()
    monkeypatch.setattr(build, "copy_document", copy)
    assert live().pk != fresh.pk
    IndexVersion.objects.update(lease_until=None)
    work_all()
    assert live().pk == fresh.pk
    assert Chunk.objects.filter(index=fresh).count() == 3 * len(SUBJECTS)


@pytest.mark.django_db
def test_one_version_is_built_at_a_time_and_can_be_given_up(filled):
    begin_build("letters")
    with pytest.raises(BuildInProgress):
        begin_build("use")
    assert cancel_build()
    work_all()
    assert live().encoder == "use"
    assert search("parcel", language="en").answered
    begin_build("letters")


@pytest.mark.django_db
def test_passages_of_closed_versions_are_cleared_away_once_no_search_can_read_them(filled):
    former = live()
    begin_build("letters")
    work_all()
    assert Chunk.objects.filter(index=former).exists()
    IndexVersion.objects.filter(pk=former.pk).update(retired_at=timezone.now() - 2 * GRACE)
    assert clear_closed() == 3 * len(SUBJECTS)
    assert not Chunk.objects.filter(index=former).exists()
    assert IndexVersion.objects.filter(pk=former.pk, state=IndexState.RETIRED).exists()
    assert search("parcel", language="en").passages[0].document == "parcel"


@pytest.mark.django_db
def test_a_model_that_was_replaced_under_its_name_gets_a_version_of_its_own(filled, monkeypatch):
    former = live()

    class Short(Letters):
        key = "use"

    monkeypatch.setitem(registry.LOCAL, "use", Short)
    registry.encoder_for.cache_clear()
    publish("telescope")
    work_all()
    assert live().pk != former.pk
    assert live().dimensions == 26
    assert search("telescope", language="en").legs["dense"] == "ok"


@pytest.mark.django_db
def test_what_older_rules_made_is_built_anew(filled):
    former = live()
    IndexVersion.objects.update(text_rules=TEXT_RULES - 1)
    work_all()
    assert live().pk != former.pk
    assert (live().text_rules, live().encoder) == (TEXT_RULES, "use")
