"""Who asks for a person gets one; who only speaks of people does not take their time."""

import pytest

from tests.tickets.triage.people import ASKING, NOT_ASKING
from tickets.triage.person import asks_for_person


@pytest.mark.parametrize("text", ASKING)
def test_who_asks_for_a_person_is_heard(text):
    assert asks_for_person(text)


@pytest.mark.parametrize("text", NOT_ASKING)
def test_who_does_not_ask_for_a_person_is_not_handed_over(text):
    assert not asks_for_person(text)


def test_a_long_mail_takes_no_time():
    """Linear: a thousand times as much text as people write."""
    assert not asks_for_person("can you please tell me with the " * 3000)
    assert not asks_for_person("нужно мне бы ответ от " * 3000)
