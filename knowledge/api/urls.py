"""Routes below /api/v1/knowledge/, each with and without a trailing slash."""

from django.urls import URLPattern

from config.api import both_forms
from knowledge.api import documents, files, index, search

urlpatterns: list[URLPattern] = [
    *both_forms("search", search.SearchView.as_view(), name="knowledge-search"),
    *both_forms("feedback", search.FeedbackView.as_view(), name="knowledge-feedback"),
    *both_forms("status", index.StatusView.as_view(), name="knowledge-status"),
    *both_forms("questions", index.QuestionsView.as_view(), name="knowledge-questions"),
    *both_forms("questions/<int:question_id>/dismiss", index.DismissView.as_view(), name="knowledge-question-dismiss"),
    *both_forms("questions/<int:question_id>/answer", index.AnswerView.as_view(), name="knowledge-question-answer"),
    *both_forms("documents", documents.DocumentsView.as_view(), name="knowledge-documents"),
    *both_forms("documents/upload", files.UploadView.as_view(), name="knowledge-upload"),
    *both_forms("documents/<uuid:document_id>", documents.DocumentView.as_view(), name="knowledge-document"),
    *both_forms(
        "documents/<uuid:document_id>/status", files.DocumentStatusView.as_view(), name="knowledge-document-status"
    ),
    *both_forms("documents/<uuid:document_id>/text", files.TextView.as_view(), name="knowledge-document-text"),
    *both_forms(
        "documents/<uuid:document_id>/original", files.OriginalView.as_view(), name="knowledge-document-original"
    ),
    *both_forms("documents/<uuid:document_id>/chunks", files.PassagesView.as_view(), name="knowledge-document-chunks"),
    *both_forms(
        "documents/<uuid:document_id>/publish", documents.PublishView.as_view(), name="knowledge-document-publish"
    ),
    *both_forms(
        "documents/<uuid:document_id>/unpublish", documents.UnpublishView.as_view(), name="knowledge-document-unpublish"
    ),
    *both_forms(
        "documents/<uuid:document_id>/versions", documents.VersionsView.as_view(), name="knowledge-document-versions"
    ),
    *both_forms(
        "documents/<uuid:document_id>/versions/<int:number>/restore",
        documents.RestoreView.as_view(),
        name="knowledge-document-restore",
    ),
]
