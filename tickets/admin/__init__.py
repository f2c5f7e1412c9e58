from tickets.admin.articles import ArticleProposalAdmin
from tickets.admin.canned import CannedAdmin
from tickets.admin.customers import CustomerAdmin
from tickets.admin.decisions import TriageAdmin
from tickets.admin.mailboxes import MailboxAdmin
from tickets.admin.mails import InboundMailAdmin
from tickets.admin.rules import DeskRuleAdmin
from tickets.admin.setup import HoursAdmin, SlaAdmin, TagAdmin, TopicAdmin
from tickets.admin.telegram import OperatorAdmin, OperatorChatAdmin
from tickets.admin.tickets import TicketAdmin

__all__ = [
    "ArticleProposalAdmin",
    "CannedAdmin",
    "CustomerAdmin",
    "DeskRuleAdmin",
    "HoursAdmin",
    "InboundMailAdmin",
    "MailboxAdmin",
    "OperatorAdmin",
    "OperatorChatAdmin",
    "SlaAdmin",
    "TagAdmin",
    "TicketAdmin",
    "TopicAdmin",
    "TriageAdmin",
]
