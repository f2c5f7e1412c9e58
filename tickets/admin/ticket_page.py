"""A ticket's page: the conversation, what can be done about it, and what happens meanwhile."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tickets import presence
from tickets.admin import columns
from tickets.admin.conversation import conversation, newest_spoken, news
from tickets.admin.files import attachment_response, formatted_response, raw_response
from tickets.admin.handlers import HANDLERS, number
from tickets.admin.page_parts import live_parts, parts_of, strings
from tickets.admin.trail import trail
from tickets.answers.canned import render
from tickets.choices import MessageKind
from tickets.errors import NotPossible
from tickets.models import Attachment, CannedAnswer, Ticket, TicketMessage

# What people have typed is given back to them when it could not be sent.
KEPT = {"answer": "text", "note": "note", "edit": "text"}


class TicketPage:
    """For the admin of tickets."""

    admin_site: Any
    message_user: Any
    may_change: Any
    ticket_or_404: Any

    def get_urls(self) -> list[Any]:
        pages: list[tuple[str, Any, str]] = [
            ("<int:pk>/do/<slug:name>/", require_POST(self.do_view), "do"),
            ("<int:pk>/news/", require_safe(self.news_view), "news"),
            ("<int:pk>/canned/<int:canned>/", require_safe(self.canned_view), "canned"),
            ("<int:pk>/messages/<int:message>/html/", require_safe(self.html_view), "html"),
            ("<int:pk>/messages/<int:message>/raw/", require_safe(self.raw_view), "raw"),
            ("<int:pk>/attachments/<int:attachment>/", require_safe(self.attachment_view), "attachment"),
        ]
        guard = self.admin_site.admin_view
        own = [path(route, guard(view), name=f"tickets_ticket_{name}") for route, view, name in pages]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        ticket = self.get_object(request, object_id)  # type: ignore[attr-defined]
        extra = self.context_of(request, ticket) if ticket and self._may_view(request, ticket) else {}
        context = {**extra, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)  # type: ignore[misc, no-any-return]

    def _may_view(self, request: HttpRequest, ticket: Ticket) -> bool:
        return bool(self.has_view_permission(request, ticket))  # type: ignore[attr-defined]

    def context_of(self, request: HttpRequest, ticket: Ticket) -> dict[str, Any]:
        """All that the page's template shows."""
        before = number(request.GET.get("before")) or None
        page = conversation(ticket, before=before)
        key = number(request.GET.get("canned"))
        canned = CannedAnswer.objects.filter(pk=key).first() if key else None
        found = {
            "ticket": ticket,
            "title": columns.title_of(ticket),
            "subtitle": None,
            "page": page,
            "is_past": before is not None,
            "seen": newest_spoken(ticket),
            "form_key": uuid.uuid4().hex,
            "splitting": "split" in request.GET,
            "strings": strings(),
            "typed": {},
            **parts_of(ticket, reader=request.user),
        }
        if canned is not None and request.method == "GET":
            found["typed"] = {"text": self._filled(request, canned, ticket), "canned": canned.pk}
        return found

    def _filled(self, request: HttpRequest, canned: CannedAnswer, ticket: Ticket) -> str:
        try:
            return render(canned, ticket, actor=request.user)
        except NotPossible as error:
            self.message_user(request, str(error), messages.ERROR)
            return ""

    def do_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Makes one change (tickets.admin.handlers); what is refused says why, and keeps what was typed."""
        ticket = self.ticket_or_404(request, pk)
        handler = HANDLERS.get(name)
        if handler is None:
            raise Http404
        if not request.user.has_perm(f"tickets.{handler.right}"):
            raise PermissionDenied
        try:
            done = handler.run(request, ticket)
        except NotPossible as error:
            return self._refused(request, ticket, name, error)
        self.message_user(request, done, messages.SUCCESS)
        return redirect(f"{page_of(ticket)}#newest")

    def _refused(self, request: HttpRequest, ticket: Ticket, name: str, error: NotPossible) -> HttpResponse:
        self.message_user(request, str(error), messages.ERROR)
        if name not in KEPT:
            return redirect(page_of(ticket))
        typed = {
            KEPT[name]: request.POST.get(KEPT[name], ""),
            "kind": request.POST.get("kind", ""),
            "canned": number(request.POST.get("canned")),
            "failed": name,
            "error": str(error),
        }
        if name == "edit":
            typed = {"draft": typed["text"], "failed": name, "error": str(error)}
        ticket.refresh_from_db()
        # The form of the admin is asked for as by GET: its own POST is not what this is.
        request.method = "GET"
        response = self.change_view(request, str(ticket.pk), extra_context={"typed": typed})
        response.status_code = 409
        return response

    def news_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What has happened after event `after`, as pieces of the page; `people` are who else has it open."""
        ticket = self.ticket_or_404(request, pk)
        after = number(request.GET.get("after"))
        lines = trail(ticket, after=after)
        others = presence.people(ticket.pk, besides=request.user.pk)
        found: dict[str, Any] = {"last": lines[-1].id if lines else after, "people": others}
        if lines:
            found |= self._pieces(request, ticket, lines)
        return JsonResponse(found, headers={"Cache-Control": "no-store"})

    def _pieces(self, request: HttpRequest, ticket: Ticket, lines: list[Any]) -> dict[str, Any]:
        entries = news(ticket, [line.message_id for line in lines if line.message_id])
        parts = live_parts(ticket, reader=request.user)
        context = {"ticket": ticket, "seen": newest_spoken(ticket), "typed": {}, **parts}

        def piece(name: str, **more: Any) -> str:
            return render_to_string(f"admin/tickets/{name}.html", {**context, **more}, request)

        spoken = [entry for entry in entries if entry.message.kind != MessageKind.NOTE]
        return {
            "messages": [{"id": entry.message.pk, "html": piece("message", entry=entry)} for entry in entries],
            "trail": piece("trail_lines", lines=lines),
            "head": piece("head"),
            "draft": piece("draft"),
            "seen": context["seen"],
            "writers": [entry.author for entry in spoken if entry.message.author_id != request.user.pk],
        }

    def canned_view(self, request: HttpRequest, pk: int, canned: int) -> HttpResponse:
        """The text of a canned answer, filled in for this ticket."""
        ticket = self.ticket_or_404(request, pk)
        row = CannedAnswer.objects.filter(pk=canned).first()
        if row is None:
            raise Http404
        try:
            return JsonResponse({"text": render(row, ticket, actor=request.user), "kind": row.kind})
        except NotPossible as error:
            return JsonResponse({"error": str(error)}, status=409)

    # What mails bring along

    def html_view(self, request: HttpRequest, pk: int, message: int) -> HttpResponse:
        row = self._message(request, pk, message)
        if not row.html:
            raise Http404
        return formatted_response(request, row.html, row.attachments.all())

    def raw_view(self, request: HttpRequest, pk: int, message: int) -> HttpResponse:
        """The mail as it came; it holds what the page leaves out, so it has a right of its own."""
        row = self._message(request, pk, message)
        if not request.user.has_perm("tickets.view_inboundmail"):
            raise PermissionDenied
        if row.inbound is None:
            raise Http404
        return raw_response(row.inbound)

    def attachment_view(self, request: HttpRequest, pk: int, attachment: int) -> HttpResponseBase:
        ticket = self.ticket_or_404(request, pk)
        row = Attachment.objects.filter(message__ticket=ticket, pk=attachment).first()
        if row is None:
            raise Http404
        return attachment_response(row)

    def _message(self, request: HttpRequest, pk: int, message: int) -> Any:
        ticket = self.ticket_or_404(request, pk)
        row = TicketMessage.objects.filter(ticket=ticket, pk=message).select_related("inbound").first()
        if row is None:
            raise Http404(_("There is no such message."))
        return row


def page_of(ticket: Ticket) -> str:
    return reverse("admin:tickets_ticket_change", args=[ticket.pk])
