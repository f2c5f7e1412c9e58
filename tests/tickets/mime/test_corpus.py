"""Mails of other projects, and what those projects read in them."""

import json
from pathlib import Path

import pytest

from tickets.mime.parsing import parse

CORPUS = Path(__file__).parent / "corpus"
EXPECTED = json.loads((CORPUS / "expected.json").read_text("utf-8"))
# From: foo. There it is an address, with us a name: nothing can be sent to it.
DIFFERENT = {("python/msg_05.txt", "from"): ""}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_mail_is_read_as_its_own_project_reads_it(name):
    expected = EXPECTED[name]
    mail = parse((CORPUS / name).read_bytes())
    assert mail.subject == expected["subject"]
    assert mail.sender.email.lower() == DIFFERENT.get((name, "from"), expected["from"]).lower()
    assert (expected["text"] or "").strip() in " ".join(mail.text.split())
    assert set(expected["attachments"]) <= {attachment.name for attachment in mail.attachments}
    assert "not_parsed" not in mail.defects


def test_every_prefix_of_a_mail_can_be_read():
    raw = (CORPUS / "python" / "msg_07.txt").read_bytes()
    for length in range(0, len(raw), 37):
        assert "not_parsed" not in parse(raw[:length]).defects
