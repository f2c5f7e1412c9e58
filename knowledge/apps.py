from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KnowledgeConfig(AppConfig):
    name = "knowledge"
    verbose_name = _("Knowledge")

    def ready(self) -> None:
        from knowledge import signals  # noqa: F401
        from knowledge.evaluation.runs import evaluate_next
        from knowledge.indexing.work import STEPS
        from knowledge.web.visit import visit_next

        STEPS.extend((visit_next, evaluate_next))
