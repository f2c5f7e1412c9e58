from chat.memory.services.changes import correct, decide, pin, set_enabled
from chat.memory.services.context import clear_context
from chat.memory.services.erasing import Erased, erase_all, forget_memories, forget_one
from chat.memory.services.remembering import remember

__all__ = [
    "Erased",
    "clear_context",
    "correct",
    "decide",
    "erase_all",
    "forget_memories",
    "forget_one",
    "pin",
    "remember",
    "set_enabled",
]
