from chat.services.conversations import delete_conversation, find_or_start_session, rename_conversation
from chat.services.turns import Question, retry_turn, start_turn, stop_turn

__all__ = [
    "Question",
    "delete_conversation",
    "find_or_start_session",
    "rename_conversation",
    "retry_turn",
    "start_turn",
    "stop_turn",
]
