from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.admin.prompts.forms import PromptForm, version_title
from chat.admin.prompts.starting import PromptComparing
from chat.admin.prompts.versions import PromptVersions
from chat.prompts.live import SHIPPED
from chat.prompts.models import Prompt, PromptVersion
from chat.prompts.registry import specs
from chat.prompts.services.versions import EditedMeanwhile, ensure_prompts, save_version, text_of
from config.admin import ModelAdmin
from config.backoffice.confirm import find
from config.backoffice.display import EMPTY, ago, badge, display

# Pages that belong to another's tab.
TABS = {"difference": "versions", "shipped": "text"}


@admin.register(Prompt)
class PromptAdmin(PromptVersions, PromptComparing, ModelAdmin):
    """What models are told: the shipped texts, and what staff have made of them."""

    list_display = ("titled", "purpose", "standing", "in_use", "changed", "changed_by_whom")
    list_select_related = ("live", "changed_by")
    ordering = ("key",)
    list_filter_submit = False
    empty_list_text = gettext_lazy("The product's prompts are listed here.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the prompts that an update took away; who may see them is asked by the views."""
        rows: QuerySet[Any] = super().get_queryset(request).filter(key__in=specs())
        return rows

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def row_title(self, row: Any) -> str:
        return str(row.spec.title)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        ensure_prompts()
        return super().changelist_view(request, extra_context)

    # Columns

    @display(description=gettext_lazy("prompt"), ordering="key")
    def titled(self, row: Prompt) -> str:
        return self.row_title(row)

    @display(description=gettext_lazy("what it is for"))
    def purpose(self, row: Prompt) -> str:
        return str(row.spec.purpose)

    @display(description=gettext_lazy("state"))
    def standing(self, row: Prompt) -> SafeString:
        return standing_of(row)

    @display(description=gettext_lazy("in use"))
    def in_use(self, row: Prompt) -> str:
        return version_title(row.live_number)

    @display(description=gettext_lazy("changed"), ordering="changed_at")
    def changed(self, row: Prompt) -> str | SafeString:
        return ago(row.changed_at)

    @display(description=gettext_lazy("by"))
    def changed_by_whom(self, row: Prompt) -> str:
        return row.changed_by.display_name if row.changed_by else EMPTY

    # The text

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row: Any = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined, no-any-return]
        form = PromptForm(request.POST) if request.method == "POST" else self._opened(request, row)
        if request.method == "POST":
            self.require_change(request)
            if form.is_valid() and (saved := self._save(request, row, form)):
                return saved
        return self.page(request, row, "text", {"form": form, **self._facts(row)})

    def _opened(self, request: HttpRequest, row: Prompt) -> PromptForm:
        """The text in use, or the version that the address names, to go on from."""
        number = row.live_number
        if (asked := request.GET.get("from", "")).isdecimal() and len(asked) < 10:
            number = int(asked)
        try:
            text = text_of(row, number)
        except PromptVersion.DoesNotExist:
            number, text = row.live_number, text_of(row, row.live_number)
        initial = {"text": text, "use": True, "based_on": newest_of(row), "expected": row.live_number}
        return PromptForm(initial=initial)

    def _save(self, request: HttpRequest, row: Prompt, form: PromptForm) -> HttpResponse | None:
        """The way on after saving; None when the form is to be shown again with what is wrong."""
        values = form.cleaned_data
        use = values["expected"] if values["use"] else None
        try:
            version = save_version(
                row, values["text"], note=values["note"], actor=request.user, based_on=values["based_on"], use=use
            )
        except ValidationError as error:
            form.add_error(None, error)
            return None
        except EditedMeanwhile as error:
            self._tell_of_other(row, form, error)
            return None
        text = _("Version %(n)s is saved and in use.") if values["use"] else _("Version %(n)s is saved, not yet used.")
        self.log_change(request, row, text % {"n": version.number})
        self.message_user(request, text % {"n": version.number}, messages.SUCCESS)
        return redirect("admin:chat_prompt_versions", row.pk)

    def _tell_of_other(self, row: Prompt, form: PromptForm, error: EditedMeanwhile) -> None:
        """Nothing is overwritten in silence; who presses again knows what he follows."""
        fresh = find(Prompt.objects.select_related("live"), row.pk)
        form.seen(newest=newest_of(fresh), live=fresh.live_number)
        if error.version is None:
            text = _("Meanwhile another version was put to use: %(version)s. Press again to replace it by yours.")
            form.add_error(None, text % {"version": version_title(fresh.live_number)})
            return
        author = error.version.author.display_name if error.version.author else _("somebody")
        text = _(
            "Meanwhile %(author)s wrote version %(n)s. Your text is still here: look at the versions, then press again "
            "to save yours after it."
        )
        form.add_error(None, text % {"author": author, "n": error.version.number})

    def _facts(self, row: Prompt) -> dict[str, Any]:
        return {
            "variables": row.spec.variables,
            "longest": row.spec.max_length,
            "shipped_has_changed": row.shipped_has_changed,
            "unfit": row.live is not None and not row.spec.fits(row.live.text),
        }

    # Parts of all pages

    def row_of(self, request: HttpRequest, object_id: Any) -> Any:
        row = find(Prompt.objects.visible_to(request.user).select_related("live", "changed_by"), object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row

    def require_change(self, request: HttpRequest) -> None:
        if not self.has_change_permission(request):
            raise PermissionDenied

    def page(self, request: HttpRequest, row: Prompt, section: str, context: dict[str, Any]) -> TemplateResponse:
        head = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": row.spec.title,
            "subtitle": None,
            "prompt": row,
            "spec": row.spec,
            "section": TABS.get(section, section),
            "sections": sections(row),
            "standing": standing_of(row),
            "live_title": version_title(row.live_number),
            "may_change": self.has_change_permission(request, row),
            "may_compare": request.user.has_perm("chat.add_promptcomparison"),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"admin/chat/prompt/{section}.html", head | context)


def standing_of(row: Prompt) -> SafeString:
    """How the text in use stands to the shipped one."""
    if row.live is None:
        return badge(_("As shipped"))
    if not row.spec.fits(row.live.text):
        return badge(_("Does not fit any more"), "danger")
    if row.shipped_has_changed:
        return badge(_("The shipped text has changed"), "warning")
    return badge(_("Changed from the shipped text"), "info")


def newest_of(row: Prompt) -> int:
    number: int | None = row.versions.order_by("-number").values_list("number", flat=True).first()
    return number or SHIPPED


def sections(row: Prompt) -> list[tuple[str, str, str]]:
    """Name, title and address of each section."""
    titles = {
        "text": (_("Text"), "change"),
        "versions": (_("Versions"), "versions"),
        "compare": (_("Compare on questions"), "compare"),
    }
    if row.spec.trial is None:
        del titles["compare"]
    return [
        (name, title, reverse(f"admin:chat_prompt_{view}", args=[row.pk])) for name, (title, view) in titles.items()
    ]
