"""What any API view of the product answers when something goes wrong."""

import json
import logging
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from config.api import AnyTypeJSONParser, BotPlatformErrors, IgnoreAcceptNegotiation, InvalidToken


class Inner(serializers.Serializer[Any]):
    number = serializers.IntegerField(max_value=9)
    api_key = serializers.CharField(max_length=3)


class Body(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=3)
    items = Inner(many=True, required=False)


def raising(error, base=APIView, **attributes):
    def post(self, request):
        raise error

    return type("View", (base,), {"permission_classes": [], "authentication_classes": [], "post": post, **attributes})


class Validating(APIView):
    permission_classes = []
    authentication_classes = []
    parser_classes = [AnyTypeJSONParser]
    content_negotiation_class = IgnoreAcceptNegotiation

    def post(self, request):
        Body(data=request.data).is_valid(raise_exception=True)
        return Response({"ok": True})


class ValidatingPlatform(BotPlatformErrors, Validating):
    pass


def post(view, body=b"{}", **extra):
    raw = body if isinstance(body, bytes | str) else json.dumps(body)
    answer = view.as_view()(APIRequestFactory().post("/api/x", raw, content_type="application/json", **extra))
    return answer.render()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Http404("No Widget matches the given query."), 404),
        (PermissionDenied("internal reason"), 403),
        (SuspiciousOperation("internal reason"), 400),
        (exceptions.NotAuthenticated(), 401),
        (exceptions.AuthenticationFailed("No."), 401),
        (exceptions.MethodNotAllowed("POST"), 405),
        (exceptions.Throttled(7.2), 429),
        (exceptions.APIException({"a": ["x"], "b": "y"}), 500),
    ],
)
def test_an_error_is_one_string(error, status):
    answer = post(raising(error))
    body = json.loads(answer.content)
    assert answer.status_code == status
    assert set(body) == {"detail"}
    assert isinstance(body["detail"], str)
    assert "Widget" not in body["detail"] and "internal" not in body["detail"]


def test_waiting_is_told_in_whole_seconds_and_never_none():
    assert post(raising(exceptions.Throttled(7.2))).headers["Retry-After"] == "8"
    assert post(raising(exceptions.Throttled())).headers["Retry-After"] == "1"


@pytest.mark.parametrize(("attributes", "status"), [({}, 401), ({"invalid_token_status": 403}, 403)])
def test_a_view_chooses_the_status_of_a_bad_token(attributes, status):
    answer = post(raising(InvalidToken(), **attributes))
    assert answer.status_code == status
    assert answer.data == {"detail": "Could not validate credentials."}
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


def test_a_view_chooses_its_challenge():
    answer = post(raising(exceptions.NotAuthenticated(), challenge='Basic realm="chat"'))
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="chat"'


def test_what_nobody_expected_is_logged_and_not_told(caplog):
    with caplog.at_level(logging.ERROR):
        answer = post(raising(RuntimeError("password=hunter2")))
    assert answer.status_code == 500
    assert answer.data == {"detail": "Internal Server Error"}
    assert caplog.records[0].exc_info is not None


def test_validation_is_422_with_a_string_and_the_items():
    body = json.loads(post(Validating, {"name": "long"}).content)
    assert body["detail"].startswith("name: ")
    item = {"type": "max_length", "loc": ["body", "name"], "msg": body["errors"][0]["msg"], "input": "long"}
    assert body["errors"] == [item]


def test_on_the_bot_platform_the_items_are_the_detail():
    answer = post(ValidatingPlatform, {})
    assert answer.status_code == 422
    item = {"type": "missing", "loc": ["body", "name"], "msg": "This field is required.", "input": None}
    assert answer.data == {"detail": [item]}


def test_nested_items_are_located_and_secrets_left_out():
    items = [{"number": 1, "api_key": "abc"}, {"number": 10, "api_key": "sk-very-secret"}]
    answer = post(ValidatingPlatform, {"name": "abc", "items": items})
    located = {tuple(item["loc"]): item["input"] for item in answer.data["detail"]}
    assert located == {("body", "items", 1, "number"): 10, ("body", "items", 1, "api_key"): None}
    assert b"sk-very-secret" not in answer.content


def test_an_error_of_the_model_layer_is_422_too():
    answer = post(raising(DjangoValidationError({"name": "Taken."})))
    assert answer.status_code == 422
    assert answer.data["detail"] == "name: Taken."


def test_an_error_about_the_whole_body_names_no_field():
    answer = post(raising(exceptions.ValidationError("Nothing fits.")))
    assert answer.data["detail"] == "Nothing fits."
    assert answer.data["errors"][0]["loc"] == ["body"]


@pytest.mark.parametrize("name", ['"\\ud800xyz"', "1e999", "[1]", '{"a": 1}', "12345", "true", '"' + "x" * 9999 + '"'])
def test_any_input_can_be_answered(name):
    answer = post(Validating, f'{{"name": {name}, "items": [{{"number": {name}}}]}}')
    assert answer.status_code == 422
    assert len(answer.content) < 2000


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b'{"name": NaN}', b'{"name": Infinity}'])
def test_what_is_no_json_is_400_or_what_the_view_says(body):
    assert post(Validating, body).status_code == 400
    assert post(ValidatingPlatform, body).status_code == 422


def test_a_body_may_not_be_endless(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert post(Validating, {"name": "x" * 200}).status_code == 413
    assert post(Validating, {"name": "abc"}).status_code == 200


@pytest.mark.parametrize("accept", ["text/event-stream", "text/html", "nonsense"])
def test_any_accept_header_is_answered_in_json(accept):
    answer = post(Validating, {"name": "abc"}, HTTP_ACCEPT=accept)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


def test_json_is_read_under_any_content_type():
    request = APIRequestFactory().post("/api/x", '{"name": "abc"}', content_type="text/plain")
    assert Validating.as_view()(request).status_code == 200
