from chat.admin.prompts.comparisons import PromptComparisonAdmin
from chat.admin.prompts.prompts import PromptAdmin
from chat.admin.prompts.questions import PromptQuestionAdmin

__all__ = ["PromptAdmin", "PromptComparisonAdmin", "PromptQuestionAdmin"]
