"""What is done to several tickets at once: each action asks what it needs to know, and says what it will do."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.backoffice.confirm import ask, is_confirmed
from config.backoffice.display import count
from config.backoffice.forms import Select, Text
from tickets.admin.columns import title_of
from tickets.admin.filters import staff_users
from tickets.admin.portions import Portion, portion
from tickets.choices import TicketPriority, TicketState
from tickets.errors import NotPossible
from tickets.models import Tag, Ticket
from tickets.services import changes, moves

# More than a page of tickets is not changed by one click.
MOST = 500
Change = Callable[[Ticket, Any, dict[str, Any]], Any]
# Which tickets a change would leave as they are, by the values that were asked for.
Done = Callable[[dict[str, Any]], Q]
MERGED = Q(state=TicketState.MERGED)


class AssigneeForm(forms.Form):
    assignee: Any = forms.ModelChoiceField(
        queryset=None,
        label=gettext_lazy("Assign to"),
        required=False,
        empty_label=gettext_lazy("Nobody"),
        widget=Select,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["assignee"]
        field.queryset = staff_users()
        field.label_from_instance = lambda user: user.display_name


class StateForm(forms.Form):
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        choices=[(state.value, state.label) for state in changes.CHOOSABLE],
        widget=Select,
    )


class PriorityForm(forms.Form):
    priority = forms.TypedChoiceField(
        label=gettext_lazy("Priority"), choices=TicketPriority.choices, coerce=int, widget=Select
    )


class TagForm(forms.Form):
    tag = forms.CharField(
        label=gettext_lazy("Tag"), max_length=50, widget=Text, help_text=gettext_lazy("A new one is made.")
    )

    def clean_tag(self) -> str:
        return " ".join(str(self.cleaned_data["tag"]).split())


class MergeForm(forms.Form):
    target = forms.TypedChoiceField(
        label=gettext_lazy("Into"),
        coerce=int,
        widget=Select,
        help_text=gettext_lazy("The messages of the others go there. It can be taken back on the ticket's page."),
    )

    def __init__(self, *args: Any, tickets: list[Ticket], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["target"]
        field.choices = [(ticket.pk, title_of(ticket)[:100]) for ticket in sorted(tickets, key=lambda row: row.pk)]


class BulkActions:
    """Actions of the ticket list; a subclass is a ModelAdmin of tickets."""

    admin_site: Any
    message_user: Any

    @admin.action(description=gettext_lazy("Take"), permissions=["handle"])
    def take_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._apply(
            request,
            queryset,
            lambda row, actor, values: changes.assign(row, actor, actor=actor, only_if_free=True),
            lambda values: Q(assignee__isnull=False),
            {},
        )

    @admin.action(description=gettext_lazy("Assign…"), permissions=["handle"])
    def assign_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._asked(
            request,
            queryset,
            "assign_selected",
            (_("Assign these tickets?"), _("Assign")),
            AssigneeForm,
            lambda row, actor, values: changes.assign(row, values["assignee"], actor=actor),
            lambda values: Q(assignee=values["assignee"]),
        )

    @admin.action(description=gettext_lazy("Set the state…"), permissions=["handle"])
    def state_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._asked(
            request,
            queryset,
            "state_selected",
            (_("Change the state of these tickets? Customers are not told."), _("Change")),
            StateForm,
            lambda row, actor, values: changes.set_state(row, TicketState(values["state"]), actor=actor),
            lambda values: Q(state=values["state"]),
        )

    @admin.action(description=gettext_lazy("Set the priority…"), permissions=["handle"])
    def priority_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._asked(
            request,
            queryset,
            "priority_selected",
            (_("Change the priority of these tickets?"), _("Change")),
            PriorityForm,
            lambda row, actor, values: changes.set_priority(row, TicketPriority(values["priority"]), actor=actor),
            lambda values: Q(priority=values["priority"]),
        )

    @admin.action(description=gettext_lazy("Add a tag…"), permissions=["handle"])
    def tag_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._asked(
            request,
            queryset,
            "tag_selected",
            (_("Add a tag to these tickets?"), _("Add")),
            TagForm,
            lambda row, actor, values: changes.change_tags(row, add=[tag_named(values["tag"])], actor=actor),
            lambda values: Q(tags__name__iexact=values["tag"]),
        )

    @admin.action(description=gettext_lazy("Close"), permissions=["handle"])
    def close_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._asked(
            request,
            queryset,
            "close_selected",
            (_("Close these tickets? A new mail of the customer opens them again."), _("Close")),
            None,
            lambda row, actor, values: changes.set_state(row, TicketState.CLOSED, actor=actor),
            lambda values: Q(state=TicketState.CLOSED),
        )

    @admin.action(description=gettext_lazy("Mark as spam"), permissions=["handle"])
    def spam_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._asked(
            request,
            queryset,
            "spam_selected",
            (_("Mark these tickets as spam? Further mails in them stay there, and nobody is told."), _("Mark as spam")),
            None,
            lambda row, actor, values: changes.set_state(row, TicketState.SPAM, actor=actor),
            lambda values: Q(state=TicketState.SPAM),
        )

    @admin.action(description=gettext_lazy("Merge…"), permissions=["handle"])
    def merge_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        chosen = portion(queryset, MOST, done=MERGED)
        if len(chosen.rows) < 2:
            self.message_user(request, _("Select at least two tickets to merge."), messages.WARNING)
            return None
        form = MergeForm(request.POST if is_confirmed(request) else None, tickets=chosen.rows)
        if not form.is_valid():
            words = (_("Merge these tickets into one?"), _("Merge"))
            return self._question(request, chosen, "merge_selected", words, form)
        target = next(row for row in chosen.rows if row.pk == form.cleaned_data["target"])
        rest = [row for row in chosen.rows if row is not target]
        self._run(request, rest, lambda row, actor, values: moves.merge(row, target, actor=actor), {})
        self._tell_rest(request, chosen)
        return None

    # How

    def _asked(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        name: str,
        words: tuple[str, str],
        form_class: type[forms.Form] | None,
        change: Change,
        done: Done,
    ) -> HttpResponse | None:
        confirmed = is_confirmed(request)
        form = form_class(request.POST if confirmed else None) if form_class else None
        if not confirmed or (form is not None and not form.is_valid()):
            return self._question(request, portion(queryset, MOST, done=MERGED), name, words, form)
        return self._apply(request, queryset, change, done, form.cleaned_data if form is not None else {})

    def _question(
        self,
        request: HttpRequest,
        chosen: Portion,
        name: str,
        words: tuple[str, str],
        form: Any,
    ) -> HttpResponse:
        question, button = words
        lines = [title_of(ticket) for ticket in chosen.rows]
        if chosen.is_cut:
            lines.append(of_all(chosen))
        rows: Any = Ticket.objects.filter(pk__in=[ticket.pk for ticket in chosen.rows])
        return ask(self, request, rows, name=name, question=question, button=button, lines=lines, form=form)

    def _apply(
        self, request: HttpRequest, queryset: QuerySet[Any], change: Change, done: Done, values: dict[str, Any]
    ) -> HttpResponse | None:
        chosen = portion(queryset, MOST, done=MERGED | done(values))
        self._run(request, chosen.rows, change, values)
        self._tell_rest(request, chosen)
        return None

    def _tell_rest(self, request: HttpRequest, chosen: Portion) -> None:
        if chosen.is_cut:
            self.message_user(request, of_all(chosen), messages.WARNING)

    def _run(self, request: HttpRequest, tickets: list[Ticket], change: Change, values: dict[str, Any]) -> None:
        """Each ticket is a change of its own: one that is refused keeps the others from nothing."""
        done, refused = 0, []
        for ticket in tickets:
            try:
                done += change(ticket, request.user, values) is not False
            except NotPossible as error:
                refused.append(f"{title_of(ticket)[:60]}: {error}")
        text = ngettext("%(n)s ticket changed.", "%(n)s tickets changed.", done) % {"n": count(done)}
        self.message_user(request, text, messages.SUCCESS if done else messages.INFO)
        if refused:
            self.message_user(request, " · ".join(refused[:10]), messages.WARNING)


def of_all(chosen: Portion) -> str:
    """That more tickets were chosen than are changed at a time."""
    text = ngettext(
        "%(n)s of %(all)s ticket; run it again for the rest.",
        "%(n)s of %(all)s tickets; run it again for the rest.",
        chosen.total,
    )
    return text % chosen.numbers


def tag_named(name: str) -> Tag:
    """The tag of this name, however it is written in upper and lower case; made when there is none."""
    found = Tag.objects.filter(name__iexact=name).first()
    return found or Tag.objects.create(name=name)
