"""What an error page of DEBUG and an error report may show: never a secret, wherever it stands."""

import re
from collections.abc import ItemsView
from typing import Any

from django.http import HttpRequest, QueryDict
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from config.logging import mask, mask_value

LONGEST_VALUE = 4096


class Shown:
    """A value as text, masked; the reporter prints its representation."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __repr__(self) -> str:
        try:
            return mask(repr(mask_value(self._value))[:LONGEST_VALUE])
        except Exception as error:  # noqa: BLE001 - whatever a representation raises, the report goes on
            return f"<{type(self._value).__name__}: {type(error).__name__}>"


class ReportFilter(SafeExceptionReporterFilter):
    """Django shows all in DEBUG; a server that is debugged holds the same secrets as any other."""

    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|HTTP_COOKIE|CREDENTIAL|PAYLOAD|_URL$", re.IGNORECASE
    )

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        cleansed = super().cleanse_setting(key, value)
        return mask(str(cleansed)) if isinstance(cleansed, str) else cleansed

    def get_post_parameters(self, request: HttpRequest | None) -> Any:
        """By name as well: not every view says which of its parameters are sensitive."""
        parameters = super().get_post_parameters(request)
        if not isinstance(parameters, QueryDict):
            return parameters
        shown = parameters.copy()
        for name in shown:
            shown.setlist(name, [self.cleanse_setting(name, value) for value in shown.getlist(name)])
        return shown

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> ItemsView[str, Any]:
        found = super().get_traceback_frame_variables(request, tb_frame)
        return {name: self._shown(name, value) for name, value in found}.items()

    def _shown(self, name: str, value: Any) -> Any:
        hidden = self.hidden_settings.search(name) or value is self.cleansed_substitute
        return self.cleansed_substitute if hidden else Shown(value)


class Report(ExceptionReporter):
    """The texts of errors quote what they stumbled over."""

    def get_traceback_data(self) -> dict[str, Any]:
        data: dict[str, Any] = super().get_traceback_data()
        for name in ("exception_value", "exception_notes", "unicode_hint"):
            if data.get(name):
                data[name] = mask(str(data[name]))
        return data
