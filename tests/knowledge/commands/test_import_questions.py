"""Tables of questions and answers."""

import pytest
from django.core.management import CommandError

from knowledge.models import Document
from knowledge.search import search
from tests.knowledge.commands.conftest import imported, write

pytestmark = pytest.mark.django_db
ROWS = ["Вопрос;Ответ", "Когда зарплата?;Пятого числа.", "Где парковка?;Во дворе дома."]


@pytest.fixture
def table(tmp_path):
    return write(tmp_path / "faq" / "faq.csv", "\n".join(ROWS).encode("cp1251"))


def test_a_table_is_one_document_with_a_heading_for_each_question(table):
    assert imported(table, "--qa").startswith("1 new")
    body = Document.objects.get().body
    assert body.count("## ") == 2 and "Во дворе дома." in body
    assert search("где парковка", language="ru").passages[0].heading == "Где парковка?"


def test_each_question_can_be_a_document_of_its_own(table):
    folder = table.parent
    assert imported(folder, "--qa", "--split").startswith("2 new")
    parking = Document.objects.get(title="Где парковка?")
    assert (parking.language, parking.collection) == ("ru", "faq")
    assert "Во дворе дома." in parking.body and parking.slug.startswith("gde-parkovka-")
    assert imported(folder, "--qa", "--split").startswith("0 new, 0 changed, 2 unchanged")
    write(table, "\n".join([ROWS[0], ROWS[2].replace("Во дворе", "Позади"), "Где буфет?;Внизу."]))
    assert imported(folder, "--qa", "--split", "--prune") == "1 new, 1 changed, 0 unchanged, 0 failed, 1 removed"
    parking.refresh_from_db()
    assert "Позади дома." in parking.body


def test_a_table_that_cannot_be_read_takes_nothing_out(table):
    imported(table.parent, "--qa", "--split")
    write(table, "City,Year\nKazan,1005\n")
    with pytest.raises(CommandError):
        imported(table.parent, "--qa", "--split", "--prune")
    assert Document.objects.filter(published=True).count() == 2


def test_a_question_that_stands_twice_is_reported(table):
    write(table, "\n".join([*ROWS, ROWS[1]]))
    with pytest.raises(CommandError, match="imported: 1"):
        imported(table.parent, "--qa", "--split")
    assert Document.objects.count() == 2


def test_a_table_of_something_else_is_refused_when_questions_are_wanted(tmp_path):
    path = write(tmp_path / "towns.csv", "City,Year\nKazan,1005\n")
    with pytest.raises(CommandError):
        imported(path, "--qa")
    assert not Document.objects.exists()
    assert imported(path).startswith("1 new")
