"""No secret reaches a log line, and every line says what it belongs to."""

import io
import json
import logging
import logging.config
import time

import pytest
from django.conf import settings as product_settings

from config.logging import MASK, ContextFilter, MaskFilter, mask
from config.trace import trace_id

SECRETS = [
    "password=hunter2hunter2",
    'api_key: "hunter2hunter2"',
    r'{"password": "hunter2\"hunter2", "name": "anna"}',
    "{'access_token': 'hunter2hunter2'}",
    "{'password': 'hunter2 with a space'}",
    "REDIS_PASSWORD=hunter2hunter2",
    "Authorization: OAuth hunter2hunter2",
    "{'authorization': 'Bot hunter2hunter2'}",
    "authorization=Api-Key hunter2hunter2",
    "Authorization: Bearer hunter2hunter2",
    "Authorization: Basic aHVudGVyMmh1bnRlcjI=",
    "sent with Bearer hunter2hunter2",
    "headers [(b'authorization', b'Token hunter2hunter2'), (b'cookie', b'sessionid=hunter2; a=hunter2')]",
    "Cookie: csrftoken=hunter2; sessionid=hunter2; theme=hunter2",
    "Set-Cookie: sessionid=hunter2hunter2; Path=/",
    "key sk-hunter2hunter2 refused",
    "key sk-proj-hunter2_hunter2 refused",
    "got sbk_hunter2_hunter2hunter2",
    "redis://user:hunter2hunter2@host/0",
    "redis://:hunter2hunter2@host/0",
    "POST https://api.telegram.org/bot123456:hunter2hunter2/sendMessage",
    "eyJhbGciOiJIUzI1NiJ9.hunter2hunter2.hunter2hunter2",
    '"openai_api_key": "hunter2hunter2"',
    "GET /callback?token=hunter2hunter2&next=/",
    "X-API-Key: hunter2hunter2",
]
ORDINARY = [
    "turn 5 used 120 tokens in 0.3 s: https://example.org/a?b=c",
    "input_tokens=120 output_tokens=7 first_token_ms=85",
    "GET /api/v1/auth/me 401 3 ms - 127.0.0.1",
    "a question about a secret and a password, without either",
    "retry at 12:30:15, task-based, risk-averse",
]


@pytest.fixture
def lines():
    """A logger with the product's filters and the text that it wrote."""
    stream, logger = io.StringIO(), logging.getLogger("test.masking")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(trace_id)s %(message)s"))
    handler.addFilter(ContextFilter())
    handler.addFilter(MaskFilter())
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, stream
    logger.removeHandler(handler)


@pytest.fixture
def json_lines():
    """A logger with the JSON formatter of the settings and the text that it wrote."""
    configured = product_settings.LOGGING["formatters"]["json"]
    config = {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": product_settings.LOGGING["filters"],
        "formatters": {"json": configured},
        "handlers": {
            "probe": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["context", "mask"]},
        },
        "loggers": {"test.json": {"handlers": ["probe"], "propagate": False, "level": "DEBUG"}},
    }
    logging.config.dictConfig(config)
    logger = logging.getLogger("test.json")
    stream = io.StringIO()
    logger.handlers[0].setStream(stream)
    yield logger, stream
    logger.handlers.clear()


@pytest.mark.parametrize("text", SECRETS)
def test_secrets_are_masked_in_messages_and_arguments(lines, text):
    logger, stream = lines
    logger.warning(text.replace("%", "%%"))
    logger.warning("said: %s", text)
    assert "hunter2" not in stream.getvalue()
    assert "aHVudGVy" not in stream.getvalue()
    assert stream.getvalue().count(MASK) >= 2


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_stays_as_it_is(text):
    assert mask(text) == text


def test_structures_are_masked_by_their_keys(lines):
    logger, stream = lines
    logger.warning("body %s", {"user": "anna", "password": "hunter2", "inner": [{"api_key": "hunter2"}]})
    logger.warning("%(user)s %(password)s", {"user": "anna", "password": "hunter2"})
    assert stream.getvalue().count("anna") == 2
    assert "'api_key': ***" in stream.getvalue()


def test_secrets_are_masked_in_tracebacks_and_stacks(lines):
    logger, stream = lines
    try:
        raise ValueError("token=hunter2hunter2")
    except ValueError:
        logger.exception("failed", stack_info=True)
    assert "hunter2" not in stream.getvalue()
    assert "ValueError: token=***" in stream.getvalue()


def test_json_lines_mask_extra_fields_and_exceptions(json_lines):
    logger, stream = json_lines
    trace_id.set("trace-of-this-test")
    try:
        raise ValueError("password: hunter2")
    except ValueError:
        extra = {"api_key": "hunter2", "status": 500, "request": {"Authorization": "hunter2", "path": "/x"}}
        logger.exception("failed", extra=extra)
    line = json.loads(stream.getvalue())
    assert "hunter2" not in stream.getvalue()
    assert (line["api_key"], line["status"], line["request"]) == (MASK, 500, {"Authorization": MASK, "path": "/x"})
    assert "ValueError" in line["exc_info"]
    assert line["trace_id"] == "trace-of-this-test"


def test_keys_of_the_setting_are_masked_whatever_their_case(lines, settings):
    settings.SENSITIVE_DATA = ["Passport"]
    logger, stream = lines
    logger.warning("passport=4509123456 user_passport: 4509123456 name=Anna", extra={"PASSPORT": "4509123456"})
    assert "4509123456" not in stream.getvalue()
    assert "name=Anna" in stream.getvalue()


def test_a_line_whose_arguments_do_not_fit_is_still_written_and_masked():
    record = logging.makeLogRecord({"msg": "two %s %s", "args": ("password=hunter2",)})
    written = MaskFilter().filter(record).getMessage()
    assert written.startswith("two")
    assert "hunter2" not in written


def test_the_record_of_other_handlers_is_left_alone():
    record = logging.makeLogRecord(
        {"msg": "token=%s", "args": ("hunter2",), "exc_info": (ValueError, ValueError("x"), None)}
    )
    MaskFilter().filter(record)
    assert record.getMessage() == "token=hunter2"
    assert record.exc_info


def test_masking_a_long_line_takes_no_noticeable_time():
    texts = ["x" * 100_000, "token" * 20_000, "://" + "a:" * 50_000, "'" * 100_000, "password=" + "\\" * 100_000]
    began = time.perf_counter()
    for text in texts:
        mask(text)
    assert time.perf_counter() - began < 2


def test_the_trace_id_stands_on_the_line(lines):
    logger, stream = lines
    token = trace_id.set("trace-of-this-test")
    logger.warning("x")
    trace_id.reset(token)
    assert stream.getvalue().startswith("trace-of-this-test ")
