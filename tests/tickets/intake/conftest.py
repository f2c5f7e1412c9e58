import pytest

from tickets.choices import AutopilotLevel
from tickets.models import Mailbox

SECRET = "hook-Secret-for-tests"


@pytest.fixture(autouse=True)
def files_of_one_test(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def mailbox(db):
    return Mailbox.objects.create(
        name="Support", address="support@desk.example", is_default=True, autopilot=AutopilotLevel.DRAFT
    )


@pytest.fixture
def secret(settings):
    settings.EMAIL_WEBHOOK_SECRET = SECRET
    return SECRET
