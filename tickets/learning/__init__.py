"""What resolved tickets teach: articles for the knowledge base, which a person accepts or rejects."""

from tickets.learning.proposing import propose
from tickets.learning.services import accept, reject

__all__ = ["accept", "propose", "reject"]
