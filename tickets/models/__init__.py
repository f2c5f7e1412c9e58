from tickets.models.customers import Customer, CustomerAddress
from tickets.models.desk import ArticleProposal, CannedAnswer
from tickets.models.mail import InboundMail, RawMail
from tickets.models.mailboxes import BusinessHours, Mailbox, SlaPolicy, SlaTarget, Topic
from tickets.models.statistics import DeskDay
from tickets.models.telegram import (
    ChatPost,
    Operator,
    OperatorChat,
    OperatorPrompt,
    TelegramBotState,
    TelegramUpdate,
    TicketCard,
)
from tickets.models.tickets import Attachment, Tag, ThreadKey, Ticket, TicketEvent, TicketMessage, TicketMove
from tickets.models.triage import AutopilotEvent, DeskRule, Draft, Triage

__all__ = [
    "ArticleProposal",
    "Attachment",
    "AutopilotEvent",
    "BusinessHours",
    "CannedAnswer",
    "ChatPost",
    "Customer",
    "CustomerAddress",
    "DeskDay",
    "DeskRule",
    "Draft",
    "InboundMail",
    "Mailbox",
    "Operator",
    "OperatorChat",
    "OperatorPrompt",
    "RawMail",
    "SlaPolicy",
    "SlaTarget",
    "Tag",
    "TelegramBotState",
    "TelegramUpdate",
    "ThreadKey",
    "Ticket",
    "TicketCard",
    "TicketEvent",
    "TicketMessage",
    "TicketMove",
    "Topic",
    "Triage",
]
