"""What is found, in which order, and that no text can break it."""

import pytest

from knowledge.models import Chunk, Document
from knowledge.search import MAX_QUERY_TERMS, QUERY_CUT, search
from knowledge.services import publish_document
from tests.knowledge.conftest import publish

pytestmark = pytest.mark.django_db


def publish_text(slug: str, body: str, *, title: str = "Text", language: str = "en") -> Document:
    return publish_document(slug=slug, title=title, language=language, body=body, source="")


def slugs(query: str, language: str = "en", limit: int = 5) -> list[str]:
    return [passage.document for passage in search(query, language=language, limit=limit).passages]


@pytest.fixture
def filler(db: None) -> None:
    """Other texts, so that frequencies mean something."""
    for number in range(12):
        publish_text(f"filler-{number}", f"The garden number {number} has apples, pears and a wooden fence.")


def test_an_empty_base_answers_nothing():
    result = search("anything")
    assert (result.passages, result.answered) == ([], False)


def test_a_passage_carries_all_that_a_reader_needs(borscht):
    passage = search("сколько варить капусту", language="ru").passages[0]
    assert passage.document == "borscht"
    assert passage.title == "Борщ"
    assert passage.heading == "Время варки"
    assert passage.text == "Свёклу варят полчаса, затем добавляют капусту."
    assert passage.url == "/guide/borscht#время-варки"
    assert passage.language == "ru"
    assert passage.score > 0


def test_other_forms_of_the_words_are_found(filler):
    publish_text("prizes", "Лотерея, небольшой приз каждому.", title="Игра", language="ru")
    assert slugs("лотереи с небольшими призами", "ru") == ["prizes"]


def test_a_word_in_the_heading_counts_more_than_in_the_text(filler):
    publish_text("mention", "A kettle may stand here, and many other words are here too.")
    publish_text("subject", "## Kettle\n\nIt may stand here, and many other words are here too.")
    assert slugs("kettle") == ["subject", "mention"]


def test_a_passage_that_covers_the_question_wins_over_a_repeated_word(filler):
    publish_text("both", "A copper kettle.")
    publish_text("one", "Kettle, kettle, kettle: nothing but a kettle.")
    assert slugs("copper kettle")[0] == "both"


def test_the_askers_language_comes_first_and_the_other_is_left_out_when_it_adds_nothing(filler):
    publish_text("en-page", "Set DATABASE_URL to the address.")
    publish_text("ru-page", "Задайте DATABASE_URL: это адрес.", language="ru")
    assert slugs("DATABASE_URL", "ru") == ["ru-page"]
    assert slugs("DATABASE_URL", "en") == ["en-page"]


def test_another_language_answers_when_ones_own_cannot(filler):
    publish_text("ru-page", "Самовар ставят на стол.", language="ru")
    assert slugs("самовар", "en") == ["ru-page"]


@pytest.mark.parametrize("query", ["quantum chromodynamics", "garden of quantum chromodynamics", "квантовая физика"])
def test_what_is_not_in_the_base_is_not_answered(filler, query):
    result = search(query)
    assert (result.passages, result.answered) == ([], False)


def test_only_published_documents_are_found(borscht):
    Document.objects.update(published=False)
    assert slugs("свёкла", "ru") == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        "???",
        '"',
        "'",
        "''\"\"",
        'свёкла" OR "1',
        "свёкла' | 'x'::tsquery",
        "a AND b OR NOT (c NEAR d)*",
        "terms:* ^{} [x] & ! <-> \\",
        "\\",
        "-- ; DROP TABLE knowledge_chunk",
        "%s %(x)s %%",
        "🤷🏽 👩‍👩‍👧 ©",
        "\x00 свёкла \x00",
        "ＦＵＬＬ ｗｉｄｔｈ ﬁ",
        "مرحبا 你好 नमस्ते ᚠᛇᚻ",
        "свёкла " * 1500,
        " ".join(f"слово{number}" for number in range(2500)),
        "x" * 10_000,
        "/" * 10_000,
        "a.b/" * 2500,
    ],
)
def test_any_text_is_a_safe_query(borscht, query):
    search(query, language="ru")
    assert Chunk.objects.exists()


def test_quotes_and_operators_do_not_hide_the_words(borscht):
    assert slugs('"варить" AND (свёкла)*', "ru")


def test_a_shortened_query_says_so(borscht):
    many = " ".join(f"слово{number}" for number in range(MAX_QUERY_TERMS + 1))
    assert search(f"свёкла {many}").degraded == QUERY_CUT
    assert search("свёкла").degraded == ""


def test_the_limit_is_kept(filler):
    assert len(search("garden apples", limit=3).passages) == 3


def test_equal_passages_keep_their_order(filler):
    assert slugs("wooden fence", limit=4) == [f"filler-{number}" for number in range(4)]


def test_the_number_of_queries_is_small_and_constant(filler, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):
        search("garden apples")
    for number in range(30):
        publish(f"more-{number}", body=f"Garden {number}, apples and more.", language="en")
    with django_assert_max_num_queries(5):
        search("garden apples pears", language="ru")
    with django_assert_max_num_queries(2):
        search("quantum")
    with django_assert_max_num_queries(1):
        search("как это")


def test_rare_words_choose_the_candidates_and_frequent_ones_are_still_heard(filler, monkeypatch):
    monkeypatch.setattr("knowledge.search.lexical.ORDERED", 5)
    publish_text("rare", "The garden has a pagoda.")
    publish_text("frequent", "A garden, apples, pears: a wooden garden.")
    assert slugs("garden pagoda")[0] == "rare"
    assert slugs("garden apples wooden")[0] == "frequent"
