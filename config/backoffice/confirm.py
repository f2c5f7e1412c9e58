"""Asking once, with the consequence in words, before something that cannot be undone."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:

    class BaseDialogForm(forms.Form):
        request: HttpRequest
        object_id: str | None

    def action(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]: ...
else:
    from unfold.decorators import action
    from unfold.forms import BaseDialogForm

CONFIRM = _("Confirm")

__all__ = ["BaseDialogForm", "action", "ask", "dialog", "find", "is_confirmed", "leave_dialog"]


def is_confirmed(request: HttpRequest) -> bool:
    return request.POST.get("post") == "yes"


def ask(
    admin: Any,
    request: HttpRequest,
    queryset: QuerySet[Any],
    *,
    name: str,
    question: Any,
    button: Any,
    lines: Any,
    form: forms.Form | None = None,
) -> TemplateResponse:
    """The page between choosing the action `name` and running it; `lines` say what will happen to what.

    `form` asks for what the action needs to know; its fields come back with the confirmation.
    """
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": question,
        "lines": lines,
        "form": form,
        "button": button,
        "action_name": name,
        "action_checkbox_name": ACTION_CHECKBOX_NAME,
        "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "select_across": request.POST.get("select_across", "0"),
    }
    request.current_app = admin.admin_site.name
    return TemplateResponse(request, "admin/confirm_action.html", context)


def dialog(title: Any, text: Any, *, button: Any = CONFIRM, form: Any = None) -> dict[str, Any]:
    """The dialog of a detail or row action; the action then takes the form as its second argument."""
    return {"title": title, "description": text, "form_submit_text": button, "form_class": form or BaseDialogForm}


def leave_dialog(url: str) -> HttpResponse:
    """What an action with a dialog answers: the page behind the dialog goes to `url`."""
    return HttpResponse(headers={"HX-Redirect": url})


def find(rows: QuerySet[Any], object_id: Any) -> Any:
    """The row with this key from an address; raises Http404, also for what cannot be a key."""
    try:
        return get_object_or_404(rows, pk=object_id)
    except (ValidationError, ValueError) as error:
        raise Http404 from error
