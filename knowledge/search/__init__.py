"""`search(query, *, scope, language, filters, limit)`: the passages that answer a question, or none."""

from knowledge.scopes import EVERYBODY, STAFF
from knowledge.search.confidence import MIN_EVIDENCE
from knowledge.search.engine import (
    MODEL_MISSING,
    QUERY_CUT,
    RERANKER_MISSING,
    VECTORS_LOADING,
    SearchResult,
    search,
)
from knowledge.search.filters import Filters
from knowledge.search.query import MAX_QUERY_TERMS

__all__ = [
    "EVERYBODY",
    "MAX_QUERY_TERMS",
    "MIN_EVIDENCE",
    "MODEL_MISSING",
    "QUERY_CUT",
    "RERANKER_MISSING",
    "STAFF",
    "VECTORS_LOADING",
    "Filters",
    "SearchResult",
    "search",
]
