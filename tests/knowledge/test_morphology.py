"""A question finds its text whatever forms the words of either have."""

import pytest

from integrations.text import terms
from knowledge.search import search
from knowledge.services import publish_document
from tests.knowledge.morphology import DIFFERENT, ENGLISH, FILLERS, RUSSIAN

PAIRS = {"ru": RUSSIAN, "en": ENGLISH}


def cases(language):
    return [pytest.param(f"{language}-{number}", *pair, id=pair[0]) for number, pair in enumerate(PAIRS[language])]


@pytest.fixture(scope="module")
def shelf(django_db_setup, django_db_blocker):
    """The texts of both tables among texts on other subjects, published once for all questions."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        for language, pairs in PAIRS.items():
            fillers = [line.strip() for line in FILLERS[language].strip().splitlines()]
            texts = {f"{language}-{number}": text for number, (_, text) in enumerate(pairs)}
            texts |= {f"{language}-filler-{number}": text for number, text in enumerate(fillers)}
            for slug, text in texts.items():
                publish_document(slug=slug, title="—", language=language, body=text)
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize(("slug", "query", "text"), cases("ru"))
def test_a_russian_question_finds_its_text(shelf, db, slug, query, text):
    assert found(query, "ru") == slug, (terms(query), terms(text))


@pytest.mark.parametrize(("slug", "query", "text"), cases("en"))
def test_an_english_question_finds_its_text(shelf, db, slug, query, text):
    assert found(query, "en") == slug, (terms(query), terms(text))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_look_alikes_share_no_term(one, other):
    assert terms(one)
    assert terms(other)
    assert not set(terms(one)) & set(terms(other))


def test_the_tables_are_as_large_as_they_were_meant_to_be():
    assert len(RUSSIAN) >= 70
    assert len(ENGLISH) >= 50
    assert len(DIFFERENT) >= 30
    assert all(len(text.strip().splitlines()) >= 40 for text in FILLERS.values())


def found(query, language):
    passages = search(query, language=language).passages
    return passages[0].document if passages else None
