from knowledge.admin.documents import DocumentAdmin
from knowledge.admin.evaluation import EvaluationRunAdmin
from knowledge.admin.index import IndexVersionAdmin
from knowledge.admin.questions import OpenQuestionAdmin
from knowledge.admin.test_set import TestQuestionAdmin
from knowledge.admin.web import WebSourceAdmin

__all__ = [
    "DocumentAdmin",
    "EvaluationRunAdmin",
    "IndexVersionAdmin",
    "OpenQuestionAdmin",
    "TestQuestionAdmin",
    "WebSourceAdmin",
]
