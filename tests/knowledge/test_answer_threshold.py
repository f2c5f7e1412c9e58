"""The shipped guide answers what it covers and is silent on the rest."""

import pytest
from django.core.management import call_command

from knowledge.search import MIN_EVIDENCE, search
from tests.knowledge.questions import ANSWERED, UNANSWERED


@pytest.fixture(scope="module")
def guide(django_db_setup, django_db_blocker):
    """The guide, imported once for all questions."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        call_command("import_docs", verbosity=0)
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize(("question", "language", "pages"), ANSWERED)
def test_a_question_on_the_product_finds_its_page(guide, db, question, language, pages):
    result = search(question, language=language)
    assert result.answered
    best = result.passages[0]
    assert best.language == language
    assert best.document.rpartition("-")[0] in pages, best.url


@pytest.mark.parametrize(("question", "language"), UNANSWERED)
def test_a_question_on_anything_else_is_not_answered(guide, db, question, language):
    result = search(question, language=language)
    assert not result.answered, result.passages
    assert result.passages == []


def test_the_threshold_has_a_margin_on_both_sides(guide, db):
    lowest = min(search(question, language=language).evidence for question, language, _ in ANSWERED)
    highest = max(search(question, language=language).evidence for question, language in UNANSWERED)
    assert highest + 0.1 <= MIN_EVIDENCE <= lowest - 0.1
