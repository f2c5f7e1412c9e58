from chat.admin.artifacts import ArtifactAdmin
from chat.admin.conversations import ConversationAdmin
from chat.admin.experience import ExperienceAdmin
from chat.admin.memory import MemoryAdmin, MemoryExtractionAdmin
from chat.admin.prompts import PromptAdmin, PromptComparisonAdmin, PromptQuestionAdmin
from chat.admin.turns import TurnAdmin
from chat.admin.widgets import WidgetAdmin

__all__ = [
    "ArtifactAdmin",
    "ConversationAdmin",
    "ExperienceAdmin",
    "MemoryAdmin",
    "MemoryExtractionAdmin",
    "PromptAdmin",
    "PromptComparisonAdmin",
    "PromptQuestionAdmin",
    "TurnAdmin",
    "WidgetAdmin",
]
