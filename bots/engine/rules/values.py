"""Types of rules: making two values comparable. What cannot be cast raises Uncastable, and then nothing matches."""

import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

LONGEST_NUMBER = 64
TRUE = frozenset({"true", "1", "t", "y", "yes", "yeah", "yup", "certainly", "uh-huh", "да"})
FALSE = frozenset({"false", "0", "f", "n", "no", "nope", "nah", "нет"})

Cast = Callable[[Any], Any]


class Uncastable(ValueError):
    """The value is not of the rule's type."""


def to_text(value: Any) -> str:
    """Text in NFC; numbers and truth values as JSON writes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, str | int | float | Decimal):
        return unicodedata.normalize("NFC", str(value))
    raise Uncastable


def to_number(value: Any) -> Decimal:
    """A finite number of at most 64 characters; true is 1."""
    if isinstance(value, bool):
        return Decimal(int(value))
    if not isinstance(value, int | float | str | Decimal):
        raise Uncastable
    # Written out, huge integers would cost more than the comparison is worth.
    if isinstance(value, int) and value.bit_length() > 4 * LONGEST_NUMBER:
        raise Uncastable
    text = str(value).strip()
    if len(text) > LONGEST_NUMBER:
        raise Uncastable
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Uncastable from None
    if not number.is_finite():
        raise Uncastable
    return number


def to_boolean(value: Any) -> bool:
    """Words for yes and no in English and Russian, 1 and 0."""
    if isinstance(value, str):
        word = unicodedata.normalize("NFC", value).strip().casefold()
        if word in TRUE or word in FALSE:
            return word in TRUE
    elif isinstance(value, bool | int | float | Decimal) and value in (0, 1):
        return bool(value)
    raise Uncastable


def to_datetime(value: Any) -> datetime:
    """ISO 8601; without a zone it is UTC, a date alone is its midnight."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise Uncastable from None
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime):
        raise Uncastable
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        raise Uncastable from None


def to_date(value: Any) -> date:
    return to_datetime(value).date()


def to_time(value: Any) -> time:
    """A time of day, `9:30` or `09:30:00`; of a moment, its time in UTC."""
    if isinstance(value, datetime):
        return to_datetime(value).time()
    if isinstance(value, time):
        return value.replace(tzinfo=None)
    if not isinstance(value, str):
        raise Uncastable
    text = value.strip()
    try:
        return time.fromisoformat(f"0{text}" if text[1:2] == ":" else text).replace(tzinfo=None)
    except ValueError:
        return to_datetime(text).time()


TYPES: dict[str, Cast] = {
    "string": to_text,
    "integer": to_number,
    "double": to_number,
    "date": to_date,
    "datetime": to_datetime,
    "time": to_time,
    "boolean": to_boolean,
}


def inferred(value: Any) -> str:
    """The type that a rule without one has, by its value; a list by its first element that is not null."""
    if isinstance(value, list):
        value = next((item for item in value if item is not None), None)
    if isinstance(value, bool):
        return "boolean"
    return "double" if isinstance(value, int | float | Decimal) else "string"
