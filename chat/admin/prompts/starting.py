"""Starting a comparison of two versions of a prompt."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from chat.admin.prompts.forms import ComparisonForm, version_choices
from chat.prompts.comparing.routes import routes_for
from chat.prompts.models import Prompt, PromptVersion
from chat.prompts.services.comparisons import no_model_text, start_comparison
from chat.prompts.services.questions import questions_tagged


class PromptComparing:
    admin_site: Any
    message_user: Any
    row_of: Any
    page: Any

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.compare_view)
        return [
            path("<int:pk>/compare/", view, name="chat_prompt_compare"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def compare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row_of(request, pk)
        if row.spec.trial is None:
            raise Http404
        form = ComparisonForm(request.POST or None, prompt=row, initial=_offered(request, row))
        if request.method == "POST":
            if not request.user.has_perm("chat.add_promptcomparison"):
                raise PermissionDenied
            if form.is_valid() and (comparison := _start(request, row, form)):
                self.message_user(request, _("The comparison has begun."), messages.SUCCESS)
                return redirect("admin:chat_promptcomparison_change", comparison.pk)
        context = {
            "form": form,
            "questions": len(questions_tagged("")),
            "no_model": "" if routes_for("") else no_model_text(),
            "comparisons": list(row.comparisons.with_progress().select_related("started_by")[:10])
            if request.user.has_perm("chat.view_promptcomparison")
            else [],
        }
        return self.page(request, row, "compare", context)  # type: ignore[no-any-return]


def _offered(request: HttpRequest, row: Prompt) -> dict[str, Any]:
    """The version in use against the newest other one, unless the address names them."""
    numbers = [number for number, _title in version_choices(row)]
    other = next((number for number in numbers if number != row.live_number), row.live_number)
    return {"a": request.GET.get("a", row.live_number), "b": request.GET.get("b", other)}


def _start(request: HttpRequest, row: Prompt, form: ComparisonForm) -> Any:
    """The comparison that was started; None when the form is to be shown again with what is wrong."""
    values = form.cleaned_data
    try:
        return start_comparison(
            row,
            values["a"],
            values["b"],
            actor=request.user,
            model=values["model"],
            tag=values["tag"],
            blind=values["blind"],
        )
    except PromptVersion.DoesNotExist as error:
        raise Http404 from error
    except ValidationError as error:
        form.add_error(None, error)
        return None
