"""Log filters: the trace id on every line, no secret in any."""

import copy
import logging
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings

from config.trace import trace_id

MASK = "***"
# A key that ends in one of these is sensitive, whatever stands before it: REDIS_PASSWORD, csrftoken, x-api-key.
SENSITIVE_ENDINGS = (
    "password", "passwd", "passphrase", "secret", "token", "api_key", "api-key", "apikey", "secret_key", "private_key",
    "box_key", "sealed_key", "authorization", "cookie", "sessionid",
)  # fmt: skip
# Secrets that are known by their looks, wherever they stand.
SHAPES = re.compile(
    r"\bsk-[A-Za-z0-9_-]{6,}|\bsbk_[A-Za-z0-9_-]{6,}|\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"
    r"|(?<=/bot)\d+:[A-Za-z0-9_-]{10,}|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)|(?<=\bBearer )[A-Za-z0-9._~+/=-]+"
    r"|(?<=\bBasic )[A-Za-z0-9+/=]{6,}"
)
# A quoted string with escapes, or all up to the end of the field. Schemes stay, for whoever reads the line.
VALUE = (
    r"""b?"(?:[^"\\]|\\.)*"|b?'(?:[^'\\]|\\.)*'|"""
    r"""(?:(?:Bearer|Basic|Token|Digest|OAuth|Bot|Api-?Key|Negotiate)\s+)?[^\s"',;&)}\]]+"""
)


@lru_cache(maxsize=8)
def _keys(extra: tuple[str, ...]) -> str:
    """A pattern for sensitive keys; those of the setting count as whole words between `_`, `-` and `.`."""
    own = "|".join(rf"(?<![A-Za-z0-9]){re.escape(key)}" for key in extra)
    return "|".join(filter(None, ["|".join(map(re.escape, SENSITIVE_ENDINGS)), own]))


@lru_cache(maxsize=8)
def _assignments(extra: tuple[str, ...]) -> re.Pattern[str]:
    """`key=value`, `key: value`, `"key": "value"` and `(b"key", b"value")`; a cookie goes on to the end of its line."""
    keys = _keys(extra)
    return re.compile(
        rf"""(?P<key>cookie\s*:\s*)(?!["'])[^\r\n"']+"""
        rf"""|(?P<name>(?:{keys})(?:["']\s*[:=,]|\s*[:=])\s*)(?:{VALUE})""",
        re.IGNORECASE,
    )


@lru_cache(maxsize=8)
def _sensitive_name(extra: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?:.*(?:{_keys(extra)}))\Z", re.IGNORECASE | re.DOTALL)


def _extra() -> tuple[str, ...]:
    return tuple(settings.SENSITIVE_DATA)


def mask(text: str) -> str:
    """The text with every known secret replaced."""
    masked = _assignments(_extra()).sub(lambda found: f"{found['key'] or found['name']}{MASK}", text)
    return SHAPES.sub(MASK, masked)


def mask_value(value: Any) -> Any:
    """The same for structures; what is neither text nor a container is left as it is."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: MASK if _is_sensitive(str(key)) else mask_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [mask_value(item) for item in value]
    return value


def _is_sensitive(key: str) -> bool:
    return _sensitive_name(_extra()).match(key) is not None


# What every record has by itself; anything else came with `extra`.
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "trace_id"}


class ContextFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.trace_id = trace_id.get()
        return True


class MaskFilter(logging.Filter):
    """Hands on a copy with message, `extra` fields and traceback masked, before any formatter sees them."""

    def filter(self, record: logging.LogRecord) -> logging.LogRecord:
        masked = copy.copy(record)
        masked.msg, masked.args = mask(_message(record)), None
        if record.exc_info:
            # Formatters that find exc_info print the exception anew, unmasked.
            masked.exc_text = record.exc_text or logging.Formatter().formatException(record.exc_info)
            masked.exc_info = None
        masked.exc_text = masked.exc_text and mask(masked.exc_text)
        masked.stack_info = record.stack_info and mask(record.stack_info)
        for name in vars(record).keys() - STANDARD:
            value = getattr(record, name)
            setattr(masked, name, MASK if _is_sensitive(name) else mask_value(value))
        return masked


def _message(record: logging.LogRecord) -> str:
    """A format string that does not fit its arguments is logged with them, as a programmer's error of ours."""
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return f"{record.msg} {record.args}"
