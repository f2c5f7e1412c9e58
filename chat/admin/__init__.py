from chat.admin.conversations import ConversationAdmin
from chat.admin.turns import TurnAdmin
from chat.admin.widgets import WidgetAdmin

__all__ = ["ConversationAdmin", "TurnAdmin", "WidgetAdmin"]
