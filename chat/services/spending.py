"""May the asker's question still be paid for?"""

from typing import TYPE_CHECKING, Any

from accounts.models import User
from chat.choices import Channel
from chat.models import Conversation
from chat.turns.copilot import copilot_chain
from integrations.budgets.spending import refuse_when_spent
from integrations.services.routing import Route, chain_for
from integrations.services.usage import Caller

if TYPE_CHECKING:
    from chat.services.turns import Question  # noqa: F401 - named in a string below


def require_budget(conversation: Conversation, question: "Question", *, actor: Any) -> None:
    """Raises BudgetExceeded when a budget is used up; who brings a key of his own pays himself."""
    if question.api_key:
        return
    caller = Caller(actor) if isinstance(actor, User) else Caller(visitor=True)
    refuse_when_spent(caller, lambda: _first_route(conversation, question))


def _first_route(conversation: Conversation, question: "Question") -> Route:
    if conversation.channel == Channel.COPILOT:
        provider = question.options.get("provider", "openai")
        return copilot_chain(provider=provider, model=question.model, api_key="")[0]
    return chain_for(question.model)[0]
