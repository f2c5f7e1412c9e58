"""A text that a document had is taken back."""

import pytest

from knowledge.models import Chunk, Revision
from knowledge.search import search
from knowledge.services import unpublish_document
from knowledge.services.revisions import newest_number, restore_revision
from tests.knowledge.conftest import BORSCHT, publish

pytestmark = pytest.mark.django_db


def test_a_published_document_is_found_by_its_former_text_again(borscht, alice):
    publish(title="Щи", body="# Щи\n\nЩи варят из капусты.\n")
    restored = restore_revision(borscht, 1, alice)
    assert (restored.title, restored.body, restored.published) == ("Борщ", BORSCHT, True)
    assert search("сколько варить свёклу").answered
    assert Revision.objects.get(document=borscht, number=3).author == alice


def test_a_draft_gets_the_text_and_stays_a_draft(borscht):
    publish(title="Щи", body="# Щи\n\nЩи варят из капусты.\n")
    borscht.refresh_from_db()
    unpublish_document(borscht)
    restored = restore_revision(borscht, 1)
    assert (restored.title, restored.body, restored.published) == ("Борщ", BORSCHT, False)
    assert not Chunk.objects.filter(document=borscht).exists()
    assert newest_number(borscht) == 3


def test_pages_come_back_with_their_text(db):
    places = [[0, "page-1", "1"]]
    document = publish("scan", body="# Scan\n\nA page.\n", extra={"places": places})
    publish("scan", body="# Other\n\nNo page.\n", extra={"places": []})
    assert restore_revision(document, 1).places == places


def test_an_unknown_version_changes_nothing(borscht):
    with pytest.raises(Revision.DoesNotExist):
        restore_revision(borscht, 7)
    assert newest_number(borscht) == 1
