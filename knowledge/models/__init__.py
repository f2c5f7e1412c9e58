from knowledge.models.documents import Audience, Document, Revision, Tag
from knowledge.models.evaluation import EvaluationRun, TestQuestion
from knowledge.models.index import Chunk, IndexVersion, PendingVector, Term, Vector
from knowledge.models.learning import Citation, Feedback, OpenQuestion
from knowledge.models.web import WebPage, WebSource

__all__ = [
    "Audience",
    "Chunk",
    "Citation",
    "Document",
    "EvaluationRun",
    "Feedback",
    "IndexVersion",
    "OpenQuestion",
    "PendingVector",
    "Revision",
    "Tag",
    "Term",
    "TestQuestion",
    "Vector",
    "WebPage",
    "WebSource",
]
