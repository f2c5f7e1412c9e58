"""Addresses are judged when they are saved, and nonsense in the settings is told at the start."""

import socket

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ValidationError
from rest_framework import serializers

from integrations.http import validate_outgoing_url


def test_an_address_is_judged_without_asking_for_its_name(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: pytest.fail("a name server was asked"))
    validate_outgoing_url("https://api.example.net/hook?x=1")
    with pytest.raises(ValidationError) as caught:
        validate_outgoing_url("http://169.254.169.254/latest/")
    assert caught.value.code == "address"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "http://",
        "https:///x",
        "http://localhost",
        "http://a.b.local",
        "http://host:99999/",
        "http://ho st.example.net/",
        "http://api.example.net\u3000/",
        "http://api.example.net/\u202e",
        "http://api.example.net\u200b/",
        "http://exa\u00admple.org/",
        "http://example.org:80:80/",
        "http://[::1",
        "http://[v1.x]/",
        "http://1.1.1.1.1/",
        "http://0x/",
        "http://a.0x7f/",
        "http://example.org:0x50/",
        "http://example.org:-1/",
        "http://example.org:８０/",
        "http://" + "a" * 64 + ".example.org/",
        "http://" + "a." * 130 + "org/",
        "http://example..org/",
        "http://.example.org/",
        "http://example.org../",
        "http://*.example.org/",
        "http://example.org;@127.0.0.1/",
        "http://example.org,127.0.0.1/",
        "http://example.org&127.0.0.1/",
        "http://{host}/",
        "http://<x>/",
        "http://ⓛocalhost/",
        "http://ⅼocalhost/",
        "http://localhost%00.example.org/",
        "http://127。0.0.1/",
        "http://x.example.test/",
        "jar:http://example.org!/",
        "HTTP:\\\\127.0.0.1/",
        "http://example.org/" + "a" * 2048,
        "ht\ntp://example.org/",
    ],
)
def test_what_cannot_be_saved(url):
    with pytest.raises(ValidationError):
        validate_outgoing_url(url)


def test_a_serializer_names_the_field():
    class Form(serializers.Serializer):
        url = serializers.CharField(validators=[validate_outgoing_url])

    form = Form(data={"url": "http://10.0.0.1/"})
    assert not form.is_valid()
    assert "10.0.0.1:80" in str(form.errors["url"][0])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("INTERNAL_HOSTS", ["*.lan"], "integrations.E001"),
        ("INTERNAL_HOSTS", ["10.0.0.5/8"], "integrations.E001"),
        ("INTERNAL_HOSTS", ["http://n8n.lan"], "integrations.E001"),
        ("INTERNAL_HOSTS", ["n8n.lan:0"], "integrations.E001"),
        ("INTERNAL_HOSTS", ["127.1"], "integrations.E001"),
        ("INTERNAL_HOSTS", ["169.254.169.254"], "integrations.E002"),
        ("INTERNAL_HOSTS", ["fd00:ec2::254"], "integrations.E002"),
        ("INTERNAL_HOSTS", ["10.0.0.0/8"], "integrations.W001"),
        ("INTERNAL_HOSTS", ["0.0.0.0/0"], "integrations.W001"),
        ("INTERNAL_HOSTS", ["::/0:80"], "integrations.E001"),
        ("DENIED_HOSTS", ["a b"], "integrations.E003"),
        ("OUTGOING_PORTS", ["0"], "integrations.E004"),
    ],
)
def test_nonsense_is_told_at_the_start(settings, setting, value, expected):
    setattr(settings, setting, value)
    assert expected in {message.id for message in run_checks(tags=None)}


@pytest.mark.django_db
def test_sensible_values_are_not(settings):
    settings.INTERNAL_HOSTS = ["n8n.lan", "10.0.0.5:5678", "192.168.1.0/24", "[fd12::1]:8080", "fd12::/64", "redis"]
    settings.DENIED_HOSTS = [".example.com", "9.9.9.0/24", "example.org"]
    assert not [message.id for message in run_checks() if (message.id or "").startswith("integrations.")]
