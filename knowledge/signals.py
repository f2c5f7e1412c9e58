"""Keeps the index in step with deletions, however a document comes to be deleted."""

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from knowledge.models import Document


@receiver(pre_delete, sender=Document)
def forget_deleted_document(instance: Document, **kwargs: Any) -> None:
    from knowledge.services import forget_passages

    forget_passages(instance)
