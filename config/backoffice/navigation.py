"""The sidebar: what a member of staff may open, in the order of the day's work."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from config.backoffice.display import count
from integrations.outbox.attention import attention

Item = dict[str, Any]

PERSONALITY = "admin:chat_experience_personality"
RECALL = "admin:chat_memory_recall"
SEARCH = "admin:knowledge_document_search"
DESK_FIGURES = "admin:tickets_ticket_statistics"
USAGE_CHART = "admin:integrations_usagerecord_chart"


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups for the skin; one whose items are all forbidden is left out."""
    groups: list[tuple[str, list[Item | None]]] = [
        (_("Today"), [_today(request)]),
        (_("Support desk"), _desk(request)),
        (_("Conversations"), _conversations(request)),
        (_("Knowledge"), _knowledge(request)),
        (_("Models and usage"), _models(request)),
        (_("Outgoing messages"), _outgoing(request)),
        (_("Other services"), _outside(request)),
        (_("People and access"), _people(request)),
    ]
    allowed = [(title, [item for item in items if item is not None]) for title, items in groups]
    return [{"title": title, "items": items} for title, items in allowed if items]


def _today(request: HttpRequest) -> Item:
    url = reverse("admin:index")
    return {"title": _("What needs you"), "icon": "wb_sunny", "link": url, "active": request.path == url}


def _desk(request: HttpRequest) -> list[Item | None]:
    tickets = _list(request, "tickets.ticket", _("Tickets"), "inbox")
    may_read = tickets and request.user.has_perm("tickets.view_ticket")
    return [
        tickets,
        _page_of(request, tickets, DESK_FIGURES, _("Statistics"), "bar_chart") if may_read else None,
        _list(request, "tickets.customer", _("Customers"), "contacts"),
        _list(request, "tickets.inboundmail", _("Received mails"), "mail"),
        _list(request, "tickets.triage", _("Decisions"), "alt_route"),
        _list(request, "tickets.mailbox", _("Mailboxes"), "all_inbox"),
        _list(request, "tickets.operatorchat", _("Operators' chats"), "send"),
        _list(request, "tickets.operator", _("Operators"), "support_agent"),
        _list(request, "tickets.deskrule", _("Rules of the desk"), "rule"),
        _list(request, "tickets.cannedanswer", _("Canned answers"), "quick_phrases"),
        _list(request, "tickets.articleproposal", _("Proposed articles"), "lightbulb"),
        _list(request, "tickets.topic", _("Topics"), "topic"),
        _list(request, "tickets.tag", _("Tags"), "sell"),
        _list(request, "tickets.slapolicy", _("Service levels"), "timer"),
        _list(request, "tickets.businesshours", _("Office hours"), "schedule"),
    ]


def _conversations(request: HttpRequest) -> list[Item | None]:
    return [
        _list(request, "chat.conversation", _("Conversations"), "forum"),
        _list(request, "chat.turn", _("Answers"), "quickreply"),
        _list(request, "chat.widget", _("Widgets"), "chat_bubble"),
        _list(request, "chat.artifact", _("Mini-pages"), "web"),
        *_memory(request),
        _list(request, "chat.prompt", _("Prompts"), "edit_note"),
        _list(request, "chat.promptcomparison", _("Comparisons of prompts"), "compare"),
        _list(request, "chat.promptquestion", _("Saved questions"), "bookmark"),
    ]


def _memory(request: HttpRequest) -> list[Item | None]:
    memories = _list(request, "chat.memory", _("Memories"), "psychology")
    return [
        memories,
        _page_of(request, memories, RECALL, _("Recall as somebody"), "manage_search") if memories else None,
        _list(request, "chat.memoryextraction", _("Learning"), "school"),
        *_experience(request),
    ]


def _experience(request: HttpRequest) -> list[Item | None]:
    experiences = _list(request, "chat.experience", _("Experience"), "history_edu")
    personality = _page_of(request, experiences, PERSONALITY, _("Personality"), "face")
    allowed = any(request.user.has_perm(f"chat.{action}_personality") for action in ("view", "change"))
    return [experiences, personality if allowed else None]


def _knowledge(request: HttpRequest) -> list[Item | None]:
    documents = _list(request, "knowledge.document", _("Documents"), "article")
    search = None
    if documents and request.user.has_perm("knowledge.view_document"):
        search = _page_of(request, documents, SEARCH, _("Search as a visitor"), "search")
    return [
        documents,
        search,
        _list(request, "knowledge.websource", _("Websites"), "language"),
        _list(request, "knowledge.openquestion", _("Without an answer"), "contact_support"),
        _list(request, "knowledge.testquestion", _("Test questions"), "quiz"),
        _list(request, "knowledge.evaluationrun", _("Search quality"), "monitoring"),
        _list(request, "knowledge.indexversion", _("Search index"), "dataset"),
    ]


def _models(request: HttpRequest) -> list[Item | None]:
    usage = _list(request, "integrations.usagerecord", _("Usage"), "receipt_long")
    chart = _page_of(request, usage, USAGE_CHART, _("Usage by day"), "bar_chart") if usage else None
    return [
        _list(request, "integrations.aiprovider", _("Providers"), "hub"),
        _list(request, "integrations.aimodel", _("Models"), "neurology"),
        _list(request, "integrations.ollamaserver", _("Local models"), "memory"),
        _list(request, "integrations.modelrole", _("Roles"), "assignment_ind"),
        usage,
        chart,
        _list(request, "integrations.budget", _("Budgets"), "savings"),
        _list(request, "integrations.spending", _("Spending"), "payments"),
    ]


def _outside(request: HttpRequest) -> list[Item | None]:
    return [
        _list(request, "integrations.credential", _("Credentials"), "passkey"),
        _list(request, "integrations.credentialevent", _("Use of credentials"), "history"),
    ]


def _outgoing(request: HttpRequest) -> list[Item | None]:
    outbox = _list(request, "integrations.delivery", _("Outbox"), "outbox")
    if outbox and (waiting := attention(timezone.now()).total):
        outbox |= {"badge": count(waiting), "badge_variant": "danger"}
    return [outbox, _list(request, "integrations.webhookendpoint", _("Webhooks"), "webhook")]


def _people(request: HttpRequest) -> list[Item | None]:
    return [
        _list(request, "accounts.user", _("Users"), "person"),
        _list(request, "auth.group", _("Groups"), "group"),
        _list(request, "accounts.apikey", _("API keys"), "key"),
        _list(request, "accounts.accesstoken", _("Access tokens"), "token"),
        _list(request, "accounts.anonymoussubscriber", _("Visitors"), "travel_explore"),
        _list(request, "axes.accessattempt", _("Failed log-ins"), "lock_person"),
    ]


def _list(request: HttpRequest, label: str, title: str, icon: str) -> Item | None:
    """The change list of a model, for who may view it."""
    app, model = label.split(".")
    allowed = (request.user.has_perm(f"{app}.{action}_{model}") for action in ("view", "change"))
    if not any(allowed):
        return None
    url = reverse(f"admin:{app}_{model}_changelist")
    return {"title": title, "icon": icon, "link": url, "active": request.path.startswith(url)}


def _page_of(request: HttpRequest, beside: Item | None, name: str, title: str, icon: str) -> Item:
    """A page below a list's address; while it is open the list itself is not."""
    url = reverse(name)
    page = {"title": title, "icon": icon, "link": url, "active": request.path == url}
    if beside:
        beside["active"] = beside["active"] and not page["active"]
    return page
