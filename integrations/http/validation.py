"""Addresses in forms and serializers are judged when they are saved; their names are looked up when they are called."""

from django.core.exceptions import ValidationError

from integrations.http.errors import RefusedURL
from integrations.http.policy import Policy
from integrations.http.urls import check_url


def validate_outgoing_url(value: str) -> None:
    """A validator for fields: raises ValidationError with the reason and its code. Asks no name server."""
    try:
        check_url(value, Policy.from_settings())
    except RefusedURL as error:
        raise ValidationError(error.message, code=error.code) from error
