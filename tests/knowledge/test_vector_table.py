"""The index in the process: whatever its size, the nearest are found, also among some, also of what came later."""

import numpy as np
import pytest

from knowledge.dense import memory
from knowledge.dense.memory import Table

DIMENSIONS = 64


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def like_texts(count, seed):
    """Vectors as embedding models make them: a common direction, a few strong ones, a little of all others."""
    random = np.random.default_rng(seed)
    strength = 1 / np.arange(1, DIMENSIONS + 1)
    return unit(random.normal(size=(count, DIMENSIONS)) * strength + 0.3).astype(np.float16)


@pytest.fixture
def rows():
    return like_texts(3000, seed=1)


@pytest.fixture
def questions():
    return like_texts(50, seed=2).astype(np.float32)


@pytest.fixture
def large(monkeypatch, rows):
    """With ids that are not the numbers of the rows, and most rows added after the directions were taken."""
    monkeypatch.setattr(memory, "EXACT", 500)
    monkeypatch.setattr(memory, "CANDIDATES", 200)
    table = Table.empty(DIMENSIONS)
    for start in range(0, len(rows), 400):
        part = rows[start : start + 400]
        table = table.added(range(10_000 + start, 10_000 + start + len(part)), part)
    assert table.basis is not None and table.short.shape[0] < DIMENSIONS
    return table


def exactly(rows, question, limit):
    likeness = rows.astype(np.float32) @ question
    return [10_000 + int(row) for row in np.argsort(-likeness, kind="stable")[:limit]]


def test_of_many_vectors_the_nearest_are_found(large, rows, questions):
    found = [set(dict(large.nearest(question, 10, among=None))) for question in questions]
    right = [len(ids & set(exactly(rows, question, 10))) for ids, question in zip(found, questions, strict=True)]
    assert sum(right) >= 0.99 * 10 * len(questions)


def test_their_likeness_is_that_of_the_whole_vectors(large, rows, questions):
    for pk, likeness in large.nearest(questions[0], 5, among=None):
        assert likeness == pytest.approx(float(rows[pk - 10_000].astype(np.float32) @ questions[0]), abs=1e-5)
    assert large.likeness(questions[0], [10_007, 99]) == {
        10_007: pytest.approx(float(rows[7].astype(np.float32) @ questions[0]), abs=1e-5)
    }


@pytest.mark.parametrize("share", [50, 2])
def test_among_some_the_nearest_of_these_are_found(large, rows, questions, share):
    some = set(range(10_000, 10_000 + len(rows), share))
    found = large.nearest(questions[1], 10, among=some)
    wanted = [pk for pk in exactly(rows, questions[1], len(rows)) if pk in some][:10]
    assert set(dict(found)) <= some
    assert len(set(dict(found)) & set(wanted)) >= 9
    assert [likeness for _, likeness in found] == sorted((likeness for _, likeness in found), reverse=True)


def test_a_table_that_somebody_still_reads_stays_as_it_was(large, questions):
    before = large.nearest(questions[2], 5, among=None)
    large.added([1], questions[2:3].astype(np.float16))
    assert large.nearest(questions[2], 5, among=None) == before
    assert large.added([1], questions[2:3].astype(np.float16)).nearest(questions[2], 1, among=None)[0][0] == 1


@pytest.mark.parametrize("ids", [[2, 4, 6, 8], [8, 2, 6, 4]])
def test_passages_are_found_by_their_ids_whatever_the_order_and_others_are_not(ids):
    table = Table.empty(DIMENSIONS)
    vectors = like_texts(4, seed=4)
    for start in (0, 2):
        table = table.added(ids[start : start + 2], vectors[start : start + 2])
    question = vectors[0].astype(np.float32)
    wanted = {pk: float(vectors[row].astype(np.float32) @ question) for row, pk in enumerate(ids) if pk in {4, 8}}
    assert table.likeness(question, [1, 3, 4, 5, 8, 9, 4]) == pytest.approx(wanted)
    assert set(dict(table.nearest(question, 9, among={3, 4, 5, 8, 99}))) == {4, 8}
    assert table.likeness(question, []) == {}


def test_an_empty_table_has_nothing(questions):
    assert Table.empty(DIMENSIONS).nearest(questions[0], 5, among=None) == []
    assert Table.empty(DIMENSIONS).nearest(questions[0], 5, among={3}) == []
