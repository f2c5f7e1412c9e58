"""Routes below /api/v1/tickets/, each with and without a trailing slash."""

from django.urls import URLPattern

from config.api import both_forms
from tickets.api import conversation, desk, drafts, lists, moves, statistics

# A ticket is named by its number or its id.
TICKET = "<str:key>"

urlpatterns: list[URLPattern] = [
    *both_forms("tickets", lists.TicketsView.as_view(), name="tickets"),
    *both_forms("tickets/search", lists.SearchView.as_view(), name="tickets-search"),
    *both_forms("tickets/statistics", statistics.StatisticsView.as_view(), name="tickets-statistics"),
    *both_forms("tickets/mailboxes", desk.MailboxesView.as_view(), name="tickets-mailboxes"),
    *both_forms("tickets/canned", desk.CannedView.as_view(), name="tickets-canned"),
    *both_forms("tickets/customers", desk.CustomersView.as_view(), name="tickets-customers"),
    *both_forms("tickets/customers/<uuid:customer_id>", desk.CustomerView.as_view(), name="tickets-customer"),
    *both_forms("tickets/customers/<uuid:customer_id>/erase", desk.EraseView.as_view(), name="tickets-customer-erase"),
    *both_forms("tickets/drafts", drafts.DraftsView.as_view(), name="tickets-drafts"),
    *both_forms("tickets/drafts/<uuid:draft_id>/approve", drafts.ApproveView.as_view(), name="tickets-draft-approve"),
    *both_forms("tickets/drafts/<uuid:draft_id>/edit", drafts.EditView.as_view(), name="tickets-draft-edit"),
    *both_forms("tickets/drafts/<uuid:draft_id>/reject", drafts.RejectView.as_view(), name="tickets-draft-reject"),
    *both_forms("tickets/moves/<int:move_id>/undo", moves.UndoView.as_view(), name="tickets-move-undo"),
    *both_forms(f"tickets/{TICKET}", lists.TicketView.as_view(), name="ticket"),
    *both_forms(f"tickets/{TICKET}/messages", conversation.MessagesView.as_view(), name="ticket-messages"),
    *both_forms(f"tickets/{TICKET}/notes", conversation.NotesView.as_view(), name="ticket-notes"),
    *both_forms(f"tickets/{TICKET}/triages", conversation.TriagesView.as_view(), name="ticket-triages"),
    *both_forms(f"tickets/{TICKET}/events", conversation.EventsView.as_view(), name="ticket-events"),
    *both_forms(f"tickets/{TICKET}/canned/<int:canned_id>", desk.RenderView.as_view(), name="ticket-canned"),
    *both_forms(f"tickets/{TICKET}/merge", moves.MergeView.as_view(), name="ticket-merge"),
    *both_forms(f"tickets/{TICKET}/split", moves.SplitView.as_view(), name="ticket-split"),
]
