import pytest

from integrations.secretbox import SealBroken, seal, unseal


def test_a_sealed_secret_opens_in_its_place_only():
    sealed = seal("sk-тайна", place="provider:1:api_key")
    assert "тайна" not in sealed
    assert unseal(sealed, place="provider:1:api_key") == "sk-тайна"
    with pytest.raises(SealBroken):
        unseal(sealed, place="provider:2:api_key")


def test_the_same_secret_is_sealed_differently_each_time():
    assert seal("x", place="p") != seal("x", place="p")


def test_another_key_does_not_open(settings):
    sealed = seal("x", place="p")
    settings.SECRET_BOX_KEY = "another"
    with pytest.raises(SealBroken):
        unseal(sealed, place="p")


@pytest.mark.parametrize("damaged", ["", "v1:aa", "v1:aa:!!", "v2:aa:YQ==", "plain text"])
def test_damage_is_told(damaged):
    with pytest.raises(SealBroken):
        unseal(damaged, place="p")
