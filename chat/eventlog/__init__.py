from chat.eventlog.base import Event, EventLog, EventType, LogDown, LogLost, OutOfOrder, event, get_event_log

__all__ = ["Event", "EventLog", "EventType", "LogDown", "LogLost", "OutOfOrder", "event", "get_event_log"]
