from chat.admin.widgets.admin import WidgetAdmin

__all__ = ["WidgetAdmin"]
