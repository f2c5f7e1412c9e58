"""What the routes of the knowledge base share: who may, and how refusals are told."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.response import Response

from accounts.api.common import JSONView
from accounts.api.permissions import NO_PRIVILEGES, IsUser
from accounts.choices import Scope
from config.api import DetailSerializer
from knowledge.models import Document
from knowledge.services.editing import NoText, SlugTaken, Stale

TAGS = ["knowledge"]
DETAIL = DetailSerializer
REFUSED = {401: DETAIL, 403: DETAIL}
MISSING = {**REFUSED, 404: DETAIL}


def sees_everything(user: Any) -> bool:
    """Staff who may view documents in the back office: drafts and what is not for everybody too."""
    return bool(user.is_staff and user.has_perm("knowledge.view_document"))


class MayViewDocuments(IsUser):
    def may(self, user: Any) -> bool:
        return sees_everything(user)


class MayViewQuestions(IsUser):
    def may(self, user: Any) -> bool:
        return bool(user.is_staff and user.has_perm("knowledge.view_openquestion"))


class KnowledgeView(JSONView):
    """For people who are logged in; a key may read with `knowledge:read` and change with `knowledge:write`."""

    required_scopes = {
        "GET": Scope.KNOWLEDGE_READ,
        "POST": Scope.KNOWLEDGE_WRITE,
        "PATCH": Scope.KNOWLEDGE_WRITE,
        "DELETE": Scope.KNOWLEDGE_WRITE,
    }

    def require(self, permission: str) -> None:
        """Refuses a caller without this permission of the back office, such as `change_document`."""
        if not self.request.user.has_perm(f"knowledge.{permission}"):
            raise PermissionDenied(NO_PRIVILEGES)

    def document(self, document_id: UUID, *without: str) -> Document:
        """A document that the caller may see, else 404; the fields `without` are not loaded."""
        visible = Document.objects.visible_to(self.request.user).defer(*without)
        found: Document | None = visible.filter(pk=document_id).first()
        if found is None:
            raise UnknownDocument
        return found


class UnknownDocument(APIException):
    status_code = status.HTTP_404_NOT_FOUND
    default_detail = gettext_lazy("Document not found.")
    default_code = "not_found"


class Conflict(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


@contextmanager
def refusals() -> Iterator[None]:
    """Turns what the services refuse into HTTP errors."""
    try:
        yield
    except SlugTaken as error:
        raise ValidationError({"slug": [_("Another document has this slug.")]}) from error
    except NoText as error:
        raise Conflict(_("The document has no text yet.")) from error


def stale(error: Stale) -> Response:
    """Somebody else was quicker; the caller is told the present version."""
    text = _("The document has been changed meanwhile. Its version is %(version)s.") % {"version": error.version}
    return Response({"detail": f"version: {text}", "version": error.version}, status=status.HTTP_409_CONFLICT)
