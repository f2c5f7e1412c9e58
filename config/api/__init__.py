"""What every API of the product shares: error bodies, parsing, negotiation, paging, routes."""

from config.api.errors import (
    BotPlatformErrors,
    InactiveHolder,
    InvalidToken,
    PayloadTooLarge,
    QueryError,
    UnknownHolder,
    exception_handler,
)
from config.api.requests import AnyTypeJSONParser, BoundedJSONParser, IgnoreAcceptNegotiation
from config.api.routes import both_forms
from config.api.serializers import (
    DetailSerializer,
    MessageSerializer,
    SkipLimit,
    UtcDateTimeField,
    paginated,
    read_query,
    utc_z,
)

__all__ = [
    "AnyTypeJSONParser",
    "BotPlatformErrors",
    "BoundedJSONParser",
    "DetailSerializer",
    "IgnoreAcceptNegotiation",
    "InactiveHolder",
    "InvalidToken",
    "MessageSerializer",
    "PayloadTooLarge",
    "QueryError",
    "SkipLimit",
    "UnknownHolder",
    "UtcDateTimeField",
    "both_forms",
    "exception_handler",
    "paginated",
    "read_query",
    "utc_z",
]
