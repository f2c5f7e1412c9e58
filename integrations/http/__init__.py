"""The guarded door to the outside, for every address that a person or a model can influence."""

from integrations.http.client import GuardedClient, fetch, fetch_sync
from integrations.http.errors import OutgoingError, RefusedRequest, RefusedURL, RequestFailed
from integrations.http.messages import Request, Response, StreamedResponse
from integrations.http.policy import Policy
from integrations.http.transport import guarded_transport, guarded_transport2
from integrations.http.validation import validate_outgoing_url

__all__ = [
    "GuardedClient",
    "OutgoingError",
    "Policy",
    "RefusedRequest",
    "RefusedURL",
    "Request",
    "RequestFailed",
    "Response",
    "StreamedResponse",
    "fetch",
    "fetch_sync",
    "guarded_transport",
    "guarded_transport2",
    "validate_outgoing_url",
]
