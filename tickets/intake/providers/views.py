"""`POST /api/webhook/email/<provider>/`: mails as mail providers deliver them."""

import time
import warnings
from typing import Any

from anymail.exceptions import AnymailConfigurationError, AnymailError, AnymailWebhookValidationFailure
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils.datastructures import MultiValueDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from rest_framework.exceptions import ParseError

from config.api.errors import PayloadTooLarge
from tickets.choices import MailSource
from tickets.intake.composing import File
from tickets.intake.providers.messages import envelope_of, raw_of
from tickets.intake.providers.registry import Provider, provider_of
from tickets.intake.storing import take_in
from tickets.intake.webhook.access import shows_the_secret
from tickets.intake.webhook.reading import FORM, decoded_fields, multipart_of
from tickets.mime.addresses import addresses

# What was signed longer ago was recorded by somebody and is sent again.
REPLAY_SECONDS = 15 * 60
RAW_FIELDS = ("body-mime", "email")


@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def provider_mail(request: HttpRequest, provider: str) -> HttpResponse:
    """404 for providers that are not switched on; what is not proved to be theirs is 401 or 403."""
    known = provider_of(provider)
    if known is None:
        return _refused(404, "Not found.")
    if request.method == "HEAD":
        # Some try the address while they are set up.
        return HttpResponse()
    if not known.is_signed and not shows_the_secret(request):
        return _refused(401, "Not authenticated", challenge="Basic")
    try:
        raw = _read(request)
        return _taken(request, known, raw)
    except PayloadTooLarge as error:
        return _refused(413, str(error.detail))
    except AnymailWebhookValidationFailure:
        return _refused(403, "The signature does not hold.")
    except (
        AnymailError,
        SuspiciousOperation,
        ParseError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        LookupError,
    ):
        # The library reads the fields of the provider's form as they should be.
        return _refused(422, "This is no mail of the provider.")


def _taken(request: HttpRequest, provider: Provider, raw: dict[str, bytes]) -> HttpResponse:
    with warnings.catch_warnings():
        # That it has no account of the provider to try itself is told to whoever sets it up, by our documents.
        warnings.simplefilter("ignore")
        try:
            view = provider.make_view()
        except AnymailConfigurationError:
            return _refused(404, "Not found.")
    view.setup(request)
    view.run_validators(request)
    if _is_replayed(request, provider):
        return _refused(403, "This was signed too long ago.")
    whole = next((raw[name] for name in RAW_FIELDS if b"\n" in raw.get(name, b"")), None)
    if whole is not None:
        token = request.POST.get("token", "")
        recipients = [one.email for one in addresses(request.POST.get("recipient", "").encode()) if one.email]
        take_in(whole, source=MailSource.PROVIDER, envelope_to=recipients, external_id=_event(provider, token))
        return HttpResponse()
    for event in view.parse_events(request):
        message = event.message
        if message is not None:
            take_in(
                raw_of(message),
                source=MailSource.PROVIDER,
                envelope_to=envelope_of(message),
                external_id=_event(provider, event.event_id),
            )
    return HttpResponse()


def _event(provider: Provider, event_id: str | None) -> str:
    return f"{provider.name}:{event_id}" if event_id else ""


def _read(request: HttpRequest) -> dict[str, bytes]:
    """Reads the body, however large mails may be; returns the fields of a form as the bytes that they are.

    The server's own limits are for forms that people fill in, and its decoding for texts in UTF-8.
    """
    body = request.read(settings.EMAIL_WEBHOOK_MAX_BYTES + 1)
    if len(body) > settings.EMAIL_WEBHOOK_MAX_BYTES:
        raise PayloadTooLarge()
    holder: Any = request
    holder._body = body
    if request.content_type != FORM:
        return {}
    values, files = multipart_of(body, request.headers.get("Content-Type", ""))
    holder._post, holder._files = _form(values), _uploads(files)
    return values


def _form(values: dict[str, bytes]) -> QueryDict:
    form = QueryDict(mutable=True)
    for name, value in decoded_fields(values).items():
        form[name] = value
    return form


def _uploads(files: list[File]) -> MultiValueDict[str, SimpleUploadedFile]:
    uploads: MultiValueDict[str, SimpleUploadedFile] = MultiValueDict()
    for file in files:
        uploads[file.content_id] = SimpleUploadedFile(file.name, file.content, file.content_type)
    return uploads


def _is_replayed(request: HttpRequest, provider: Provider) -> bool:
    if not provider.timestamp:
        return False
    try:
        signed = float(request.POST.get(provider.timestamp, ""))
    except ValueError:
        return True
    return abs(time.time() - signed) > REPLAY_SECONDS


def _refused(status: int, text: str, *, challenge: str = "") -> HttpResponse:
    headers = {"WWW-Authenticate": challenge} if challenge else {}
    return JsonResponse({"detail": text}, status=status, headers=headers)
