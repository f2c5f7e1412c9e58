from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from chat.widgets.services.sessions import is_bound


class NotThroughAWidget(BasePermission):
    """A widget's visitor has that widget's routes and no others."""

    message = "The token belongs to a widget and opens only that."

    def has_permission(self, request: Request, view: Any) -> bool:
        return not is_bound(request.user)
