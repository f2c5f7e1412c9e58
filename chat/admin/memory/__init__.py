from chat.admin.memory.extractions import MemoryExtractionAdmin
from chat.admin.memory.memories import MemoryAdmin

__all__ = ["MemoryAdmin", "MemoryExtractionAdmin"]
