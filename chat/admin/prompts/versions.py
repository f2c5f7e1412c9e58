"""A prompt's history: what each version said, what changed between two, and going back."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chat.admin.prompts.diff import difference
from chat.admin.prompts.forms import MOST, version_choices, version_title
from chat.prompts.models import PromptVersion
from chat.prompts.services.versions import EditedMeanwhile, keep_own, make_live, text_of

PER_PAGE = 20
SHOWN_SWITCHES = 20
VERSIONS = "admin:chat_prompt_versions"


class PromptVersions:
    admin_site: Any
    message_user: Any
    log_change: Any
    row_of: Any
    require_change: Any
    page: Any

    def get_urls(self) -> list[Any]:
        def own(name: str, view: Any) -> Any:
            return path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"chat_prompt_{name}")

        return [
            own("versions", require_safe(self.versions_view)),
            own("difference", require_safe(self.difference_view)),
            own("shipped", require_safe(self.shipped_view)),
            own("use", require_POST(self.use_view)),
            own("keep", require_POST(self.keep_view)),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def versions_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row_of(request, pk)
        rows = row.versions.select_related("author").defer("text").order_by("-number")
        context = {
            "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("p")),
            "choices": version_choices(row),
            "switches": list(row.switches.select_related("actor")[:SHOWN_SWITCHES]),
        }
        return self.page(request, row, "versions", context)  # type: ignore[no-any-return]

    def difference_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What changed from `a` to `b`; without them, from the shipped text to the one in use."""
        row = self.row_of(request, pk)
        a, b = _number(request.GET, "a", 0), _number(request.GET, "b", row.live_number)
        try:
            lines = difference(text_of(row, a), text_of(row, b))
        except PromptVersion.DoesNotExist as error:
            raise Http404 from error
        context = {
            "lines": lines,
            "a": a,
            "b": b,
            "a_title": version_title(a),
            "b_title": version_title(b),
            "choices": version_choices(row),
        }
        return self.page(request, row, "difference", context)  # type: ignore[no-any-return]

    def shipped_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What an update has changed in the shipped text since staff went their own way."""
        row = self.row_of(request, pk)
        context = {"lines": difference(row.shipped, row.spec.text), "is_news": row.shipped_has_changed}
        return self.page(request, row, "shipped", context)  # type: ignore[no-any-return]

    def use_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One press, forwards or back; the way back is offered with the answer."""
        row = self.row_of(request, pk)
        self.require_change(request)
        number, expected = _number(request.POST, "version"), _number(request.POST, "expected")
        try:
            is_new = make_live(row, number, actor=request.user, expected=expected)
        except PromptVersion.DoesNotExist as error:
            raise Http404 from error
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        except EditedMeanwhile:
            text = _("Meanwhile another version was put to use. Look at the versions and choose again.")
            self.message_user(request, text, messages.WARNING)
        else:
            self._tell(request, row, number, expected, is_new=is_new)
        return redirect(VERSIONS, pk)

    def _tell(self, request: HttpRequest, row: Any, number: int, former: int, *, is_new: bool) -> None:
        text = _("In use now: %(version)s.") % {"version": version_title(number)}
        if not is_new:
            self.message_user(request, text, messages.INFO)
            return
        self.log_change(request, row, text)
        undo = format_html(
            '<button class="bo-button" type="submit" form="prompt-undo" name="version" value="{}">{}</button>',
            str(former),
            _("Undo"),
        )
        self.message_user(request, format_html("{} {}", text, undo), messages.SUCCESS)

    def keep_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row_of(request, pk)
        self.require_change(request)
        keep_own(row, actor=request.user)
        text = _("Your own text stays in use.")
        self.log_change(request, row, text)
        self.message_user(request, text, messages.SUCCESS)
        return redirect(reverse("admin:chat_prompt_change", args=[pk]))


def _number(values: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """A version's number; raises Http404 for nonsense, and for none where there is no default."""
    text = str(values.get(name, "" if default is None else default))
    if not (text.isascii() and text.isdecimal() and len(text) < 11 and int(text) <= MOST):
        raise Http404
    return int(text)
