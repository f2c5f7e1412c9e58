"""The page behind the link in a mail. Opening it stores nothing: servers that look for viruses open every link."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from rest_framework.views import APIView

from accounts.pages import seconds_throttled, too_many
from tickets.answers.addressing import language_of
from tickets.errors import NotPossible
from tickets.models import Ticket
from tickets.rating.links import ticket_of
from tickets.rating.services import LONGEST_COMMENT, SCORES, rate

MARKS = ((1, _("Very bad")), (2, _("Bad")), (3, _("So-so")), (4, _("Good")), (5, _("Very good")))


class RatingScope(APIView):
    throttle_scope = "rating"


class RatingForm(forms.Form):
    """Labels and messages stand in the template."""

    score = forms.TypedChoiceField(choices=MARKS, coerce=int)
    comment = forms.CharField(max_length=LONGEST_COMMENT, required=False, widget=forms.Textarea)


# Whoever has the link may rate, wherever the form was sent from: no cookie gives any right here.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rating_page(request: HttpRequest, token: str) -> HttpResponse:
    if seconds := seconds_throttled(request, RatingScope()):
        return too_many(request, seconds)
    ticket = ticket_of(token)
    if ticket is None or ticket.customer.erased_at is not None:
        raise Http404
    with translation.override(_language(request, ticket)):
        return _stored(request, ticket) if request.method == "POST" else _asked(request, ticket)


def _asked(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    wanted = request.GET.get("score", "")
    chosen = int(wanted) if wanted in map(str, SCORES) else ticket.rating
    fields = {"score": chosen, "comment": ticket.rating_comment, "done": "done" in request.GET}
    return _page(request, ticket, fields)


def _stored(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    form = RatingForm(request.POST)
    fields = {"score": _number(request.POST.get("score", "")), "comment": request.POST.get("comment", "")}
    if not form.is_valid():
        return _page(request, ticket, {**fields, "errors": form.errors}, status=422)
    try:
        rate(ticket, form.cleaned_data["score"], form.cleaned_data["comment"])
    except NotPossible:
        # Erased between the look and the lock.
        raise Http404 from None
    return redirect(f"{request.path}?done")


def _page(request: HttpRequest, ticket: Ticket, fields: dict[str, Any], *, status: int = 200) -> HttpResponse:
    known = {"number": ticket.pk, "desk": ticket.mailbox.sender_name or ticket.mailbox.name, "marks": MARKS}
    response = render(request, "tickets/rating.html", {**known, **fields, "longest": LONGEST_COMMENT}, status=status)
    # The address is the right to rate: no other site is told of it, and no search engine keeps it.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _number(text: str) -> int | None:
    return int(text) if text in map(str, SCORES) else None


def _language(request: HttpRequest, ticket: Ticket) -> str:
    """The one that the mail was in; whoever has chosen one for the product keeps it."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else language_of(ticket, None)
