"""The Celery application: three queues, the database as the truth, tasks as wake-up calls."""

import os
from importlib import import_module
from typing import Any

from celery import Celery, signals
from django.conf import settings
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("switchboard", task_cls="celery.contrib.django.task:DjangoTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_queues = [Queue(name) for name in ("default", "ai", "outbox")]
app.conf.task_routes = {
    "chat.tasks.*": {"queue": "ai"},
    "integrations.outbox.tasks.*": {"queue": "outbox"},
    "tickets.tasks.run_triage": {"queue": "ai"},
    "tickets.tasks.learn_from_tickets": {"queue": "ai"},
}
app.conf.beat_scheduler = "config.heartbeat:BeatingScheduler"
app.steps["consumer"].add("config.heartbeat:WorkerSigns")
app.steps["consumer"].add("chat.turns.wake:RunnerStep")
app.conf.beat_schedule = {
    "sweep-turns": {"task": "chat.tasks.sweep_turns", "schedule": 5.0, "options": {"expires": 5}},
    "compare-prompts": {"task": "chat.tasks.compare_prompts", "schedule": 10.0, "options": {"expires": 10}},
    "sweep-outbox": {"task": "integrations.outbox.tasks.sweep_outbox", "schedule": 5.0, "options": {"expires": 5}},
    "prune-outbox": {"task": "integrations.outbox.tasks.prune_outbox", "schedule": 86_400.0},
    "prune-accounts": {"task": "accounts.tasks.prune_expired", "schedule": 86_400.0},
    "clear-sessions": {"task": "accounts.tasks.clear_sessions", "schedule": 86_400.0},
    "prune-credential-history": {"task": "integrations.tasks.prune_credential_history", "schedule": 86_400.0},
    "prune-budgets": {"task": "integrations.tasks.prune_budgets", "schedule": 86_400.0},
    "end-lost-calls": {
        "task": "integrations.tasks.end_lost_calls",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "work-on-knowledge": {"task": "knowledge.tasks.work", "schedule": 10.0, "options": {"expires": 10}},
    "prune-knowledge": {"task": "knowledge.tasks.prune_knowledge", "schedule": 86_400.0},
    "work-on-memory": {"task": "chat.memory.tasks.work_on_memory", "schedule": 10.0, "options": {"expires": 10}},
    "fade-memories": {"task": "chat.memory.tasks.fade_memories", "schedule": 3600.0},
    "measure-personality": {
        "task": "chat.experience.tasks.measure_personality",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "prune-experience": {"task": "chat.experience.tasks.prune_experience", "schedule": 3600.0},
    "count-uses": {"task": "chat.about.tasks.count_uses", "schedule": 60.0, "options": {"expires": 50}},
    "follow-answers": {"task": "tickets.tasks.follow_answers", "schedule": 30.0, "options": {"expires": 30}},
    "watch-deadlines": {"task": "tickets.tasks.watch_deadlines", "schedule": 30.0, "options": {"expires": 30}},
    "verify-resolutions": {"task": "tickets.tasks.verify_resolutions", "schedule": 60.0, "options": {"expires": 50}},
    "learn-from-tickets": {"task": "tickets.tasks.learn_from_tickets", "schedule": 60.0, "options": {"expires": 50}},
    "run-triage": {"task": "tickets.tasks.run_triage", "schedule": 5.0, "options": {"expires": 5}},
    "poll-mailboxes": {
        "task": "tickets.tasks.poll_mailboxes",
        "schedule": float(settings.IMAP_POLL_SECONDS),
        "options": {"expires": settings.IMAP_POLL_SECONDS},
    },
    "sweep-mails": {"task": "tickets.tasks.sweep_mails", "schedule": 10.0, "options": {"expires": 10}},
    "check-providers": {"task": "integrations.tasks.check_providers", "schedule": 60.0, "options": {"expires": 50}},
    "look-at-ollama": {"task": "integrations.ollama.tasks.look", "schedule": 30.0, "options": {"expires": 25}},
    "count-desk-days": {"task": "tickets.tasks.count_desk_days", "schedule": 600.0, "options": {"expires": 300}},
    "show-cards": {"task": "tickets.telegram.tasks.show_cards", "schedule": 10.0, "options": {"expires": 10}},
    "handle-updates": {"task": "tickets.telegram.tasks.handle_updates", "schedule": 5.0, "options": {"expires": 5}},
    "keep-polling": {"task": "tickets.telegram.tasks.keep_polling", "schedule": 10.0, "options": {"expires": 10}},
    "prune-updates": {"task": "tickets.telegram.tasks.prune_updates", "schedule": 86_400.0},
}
app.autodiscover_tasks()
app.autodiscover_tasks(["integrations.outbox", "integrations.ollama", "chat.memory", "chat.experience", "chat.about"])
app.autodiscover_tasks(["tickets.telegram"])


@signals.worker_init.connect(weak=False)
def import_what_the_first_answer_needs(**_: Any) -> None:
    """The SDK of the providers takes most of a second, which the first question should not wait for."""
    import_module("integrations.providers.openai")
    import_module("knowledge.encoders").warm()


@signals.setup_logging.connect(weak=False)
def keep_the_logging_of_the_product(**_: Any) -> None:
    """A receiver of this signal keeps Celery from setting up handlers of its own, which would mask nothing."""
