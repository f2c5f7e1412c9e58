"""What leaves the desk: answers and questions to customers, and drafts of them that wait for a person."""

from tickets.answers.drafts import propose_draft
from tickets.answers.sending import send_answer

__all__ = ["propose_draft", "send_answer"]
