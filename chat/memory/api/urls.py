from django.urls import URLPattern

from chat.memory.api import own, wires
from config.api import both_forms

urlpatterns: list[URLPattern] = [
    *both_forms("memory", wires.WireMemoryView.as_view(), name="assistant-memory"),
    *both_forms("memory/clear", wires.ClearMemoryView.as_view(), name="assistant-memory-clear"),
    *both_forms("reset-memory", wires.ResetMemoryView.as_view(), name="assistant-reset-memory"),
    *both_forms("clear-context", wires.ClearContextView.as_view(), name="assistant-clear-context"),
    *both_forms("v1/memory", own.MemoriesView.as_view(), name="memories"),
    *both_forms("v1/memory/export", own.MemoryExportView.as_view(), name="memory-export"),
    *both_forms("v1/memory/settings", own.MemorySettingsView.as_view(), name="memory-settings"),
    *both_forms("v1/memory/<uuid:memory_id>", own.MemoryView.as_view(), name="memory"),
]
