"""Keys are changed without losing what they sealed, in the whole database."""

import base64
from io import StringIO

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from integrations import keyring
from integrations.models import AIProvider
from integrations.sealing import open_sealed, place_of, seal_into, sealed_fields
from integrations.secretbox import SealBroken, seal, unseal
from integrations.services import rotation
from integrations.services.providers import api_key_of, set_api_key
from integrations.services.rotation import seal_state

OLD = "11" * 32
NEW = base64.b64encode(b"n" * 32).decode()


@pytest.fixture
def old_key(settings):
    settings.SECRET_BOX_KEYS, settings.SECRET_BOX_KEY, settings.SECRET_BOX_FORMER_KEY = [], OLD, ""
    return settings


def providers(count):
    made = [AIProvider.objects.create(key=f"p{n}", name=f"P{n}", kind="openai") for n in range(count)]
    for provider in made:
        set_api_key(provider, f"key of {provider.key}", actor="test")
    return made


def run(*args):
    out = StringIO()
    call_command("rotate_credentials", *args, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_a_new_key_seals_and_the_old_one_still_opens(old_key):
    sealed = seal("secret", place="p")
    old_key.SECRET_BOX_KEYS = [f"new:{NEW}"]
    assert unseal(sealed, place="p") == "secret"
    assert seal("secret", place="p").split(":")[1] != sealed.split(":")[1]
    assert unseal(seal("x", place="p"), place="p") == "x"


@pytest.mark.parametrize("spelling", [b"n" * 32, bytes(range(32))], ids=["text", "binary"])
def test_hex_and_base64_spell_the_same_key(spelling):
    plain = base64.b64encode(spelling).decode()
    assert (
        keyring.as_bytes(plain) == keyring.as_bytes(plain.rstrip("=")) == keyring.as_bytes(spelling.hex()) == spelling
    )
    assert keyring.as_bytes(base64.urlsafe_b64encode(spelling).decode()) == spelling


@pytest.mark.parametrize("text", ["passphrase", "x" * 32, "", "ключ", "11" * 31])
def test_anything_else_is_a_passphrase(text):
    assert keyring.as_bytes(text) is None


@pytest.mark.parametrize("text", ["short", "k" * 67, OLD])
def test_what_was_sealed_before_keys_were_stretched_still_opens(old_key, monkeypatch, text):
    old_key.SECRET_BOX_KEY = text
    former = keyring.Key(keyring._id(keyring._hashed(text)), keyring._hashed(text))
    with monkeypatch.context() as patch:
        patch.setattr("integrations.secretbox.sealing_key", lambda: former)
        sealed = seal("secret", place="p")
    assert unseal(sealed, place="p") == "secret"


def test_a_short_passphrase_is_not_the_key_itself(old_key):
    old_key.SECRET_BOX_KEY = "short"
    assert keyring.sealing_key().secret != keyring._hashed("short")


def test_the_key_that_an_earlier_start_made_still_opens(old_key):
    sealed = seal("secret", place="p")
    old_key.SECRET_BOX_KEY, old_key.SECRET_BOX_FORMER_KEY = NEW, OLD
    assert unseal(sealed, place="p") == "secret"


def test_no_key_is_shown(old_key):
    assert OLD not in repr(keyring.keys()) and "\\x11" not in repr(keyring.keys())


# The database


@pytest.mark.django_db
def test_every_secret_is_sealed_anew(old_key, monkeypatch):
    monkeypatch.setattr(rotation, "BATCH", 2)
    made = providers(5)
    old_key.SECRET_BOX_KEYS = [NEW]
    assert seal_state().former == 5
    assert "integrations.AIProvider.sealed_api_key: 5 sealed anew, 0 up to date" in run()
    assert seal_state() == rotation.SealState(former=0, lost=0)
    old_key.SECRET_BOX_KEY = ""
    for provider in made:
        provider.refresh_from_db()
        assert api_key_of(provider) == f"key of {provider.key}"


@pytest.mark.django_db
def test_a_second_run_finds_nothing_to_do(old_key):
    providers(2)
    old_key.SECRET_BOX_KEYS = [NEW]
    run()
    before = list(AIProvider.objects.values_list("sealed_api_key", "updated_at").order_by("pk"))
    assert "AIProvider.sealed_api_key: 0 sealed anew, 2 up to date" in run()
    assert list(AIProvider.objects.values_list("sealed_api_key", "updated_at").order_by("pk")) == before


@pytest.mark.django_db
def test_a_run_that_was_interrupted_goes_on(old_key, monkeypatch):
    monkeypatch.setattr(rotation, "BATCH", 2)
    providers(5)
    old_key.SECRET_BOX_KEYS = [NEW]

    def interrupted(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(progress=interrupted)
    assert seal_state().former == 3
    assert "3 sealed anew, 2 up to date" in run()


@pytest.mark.django_db
def test_a_dry_run_changes_nothing_and_says_what_is_left(old_key):
    providers(2)
    old_key.SECRET_BOX_KEYS = [NEW]
    said = run("--dry-run")
    assert "2 to be sealed anew" in said and "Secrets that still need their former key: 2." in said
    assert seal_state().former == 2


@pytest.mark.django_db
def test_what_does_not_open_is_named_and_the_rest_is_done(old_key):
    first, second = providers(2)
    AIProvider.objects.filter(pk=second.pk).update(sealed_api_key=first.sealed_api_key)
    old_key.SECRET_BOX_KEYS = [NEW]
    out = StringIO()
    with pytest.raises(CommandError, match="Secrets that do not open: 1."):
        call_command("rotate_credentials", stdout=out, stderr=StringIO())
    assert f"does not open: {second.pk}" in out.getvalue() and "1 sealed anew" in out.getvalue()
    assert "key of" not in out.getvalue()


@pytest.mark.django_db
def test_a_lost_key_is_seen_without_opening(old_key):
    providers(2)
    old_key.SECRET_BOX_KEY = NEW
    assert seal_state() == rotation.SealState(former=0, lost=2)


@pytest.mark.django_db
def test_a_secret_that_is_entered_meanwhile_is_kept(old_key):
    [provider] = providers(1)
    stale = AIProvider.objects.get(pk=provider.pk)
    set_api_key(provider, "the newest", actor="test")
    old_key.SECRET_BOX_KEYS = [NEW]
    report = rotation.FieldReport("x")
    [sealed] = [field for field in sealed_fields() if field.model is AIProvider]
    rotation._rotate_row(sealed, stale, report, dry_run=False)
    provider.refresh_from_db()
    assert report.changed_meanwhile == 1 and api_key_of(provider) == "the newest"


# The declaration


@pytest.mark.django_db
def test_a_secret_opens_in_its_own_row_only(old_key):
    first, second = providers(2)
    assert open_sealed(first, "sealed_api_key") == "key of p0"
    second.sealed_api_key = first.sealed_api_key
    with pytest.raises(SealBroken):
        open_sealed(second, "sealed_api_key")
    seal_into(first, "sealed_api_key", "")
    assert open_sealed(first, "sealed_api_key") == ""
    assert place_of(first, "sealed_api_key") == f"provider:{first.pk}:api_key"


@pytest.mark.django_db
def test_a_sealed_field_that_rotation_does_not_know_is_an_error(monkeypatch):
    assert "integrations.E005" not in {message.id for message in run_checks()}
    monkeypatch.setattr(AIProvider, "sealed_fields", {})
    assert "integrations.E005" in {message.id for message in run_checks()}
