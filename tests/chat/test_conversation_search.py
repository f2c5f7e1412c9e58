"""Finding conversations: the same in both databases, in both alphabets."""

import pytest

from chat.choices import Channel
from chat.models import Conversation
from chat.services import rename_conversation

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("query", ["ДОГОВОР", "договор", "Invoice", "iNVOICE", "100%", "a_b"])
def test_case_does_not_matter_and_wildcards_are_letters(api, alice, query):
    found = Conversation.objects.create(owner=alice, channel=Channel.PAGE)
    rename_conversation(found, "Договор и invoice на 100% a_b", actor=alice)
    other = Conversation.objects.create(owner=alice, channel=Channel.PAGE)
    rename_conversation(other, "Другое 1000 axb", actor=alice)
    api.force_authenticate(alice)
    listed = api.get("/api/v1/conversations", {"q": query}).json()["conversations"]
    assert [row["id"] for row in listed] == [str(found.pk)]
