"""Structured logs to the console and, when asked, to a rotated file."""

from typing import Any

from config.settings.env import boolean, choice, integer, words
from config.settings.services import DATA_DIR

LOG_LEVEL = choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
LOG_TO_FILE = boolean("LOG_TO_FILE", False)
LOG_FORMAT = choice("LOG_FORMAT", "text", ["text", "json"])
# Keys whose values never reach a log line, beside the built-in ones.
SENSITIVE_DATA = words("SENSITIVE_DATA")

_handlers: dict[str, dict[str, Any]] = {
    "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["context", "mask"]}
}
if LOG_TO_FILE:
    (DATA_DIR / "logs").mkdir(parents=True, exist_ok=True)
    _handlers["file"] = {
        "class": "logging.handlers.RotatingFileHandler",
        "filename": DATA_DIR / "logs" / "app.log",
        "maxBytes": integer("LOG_FILE_BYTES", 10_000_000, minimum=1000),
        "backupCount": integer("LOG_FILE_COUNT", 5, minimum=1),
        "encoding": "utf-8",
        "formatter": "json",
        "filters": ["context", "mask"],
    }

DEFAULT_EXCEPTION_REPORTER = "config.reporting.Report"
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.reporting.ReportFilter"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "context": {"()": "config.logging.ContextFilter"},
        "mask": {"()": "config.logging.MaskFilter"},
    },
    "formatters": {
        "text": {"format": "%(asctime)s %(levelname)-7s %(name)s [%(trace_id)s] %(message)s"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(trace_id)s %(message)s",
            "json_ensure_ascii": False,
        },
    },
    "handlers": _handlers,
    "root": {"handlers": list(_handlers), "level": LOG_LEVEL},
    "loggers": {
        # Django's own handlers would print a second, unmasked line.
        "django": {"handlers": [], "level": LOG_LEVEL},
        "django.server": {"handlers": [], "propagate": True},
        "django.request": {"level": "ERROR"},
        "django.channels.server": {"level": "WARNING"},
        "daphne": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "openai": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.worker.consumer.connection": {"level": "WARNING"},
    },
}
