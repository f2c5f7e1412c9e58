"""The bootstrap: brackets the value, narrows with the number of questions, repeats itself."""

import random
import time
from typing import Any

import pytest

from knowledge.evaluation.metrics import Judged, measure


def made_up(count, *, seed=7):
    dice = random.Random(seed)
    rows = []
    for _ in range(count):
        answerable, answered = dice.random() < 0.65, dice.random() < 0.8
        found = dice.sample("abcdefx", 5) if answered else []
        rows.append(Judged(["x"] if answerable else [], found, answerable, answered))
    return rows


def width(figure):
    return figure["high"] - figure["low"]


@pytest.mark.parametrize("count", [40, 400])
def test_an_interval_brackets_its_value(count):
    figures: dict[str, Any] = dict(measure(made_up(count)))
    for figure in figures.values():
        assert 0 <= figure["low"] <= figure["value"] <= figure["high"] <= 1
        assert width(figure) > 0


def test_ten_times_the_questions_make_it_about_three_times_narrower():
    few, many = measure(made_up(200)), measure(made_up(2000))
    for name in few:
        assert 2 < width(few[name]) / width(many[name]) < 5, name


def test_a_normal_share_has_the_interval_of_the_textbook():
    rows = [Judged(["x"], ["x"] if number < 300 else ["a"], True, True) for number in range(400)]
    figure = measure(rows)["hit_at_3"]
    spread = 1.96 * (0.75 * 0.25 / 400) ** 0.5
    assert figure["low"] == pytest.approx(0.75 - spread, abs=0.01)
    assert figure["high"] == pytest.approx(0.75 + spread, abs=0.01)


def test_the_same_questions_give_the_same_interval():
    assert measure(made_up(100)) == measure(made_up(100))
    assert measure(made_up(100), seed=1) != measure(made_up(100), seed=2)


def test_thousands_of_questions_take_seconds_at_most():
    began = time.process_time()
    measure(made_up(5000))
    assert time.process_time() - began < 10
