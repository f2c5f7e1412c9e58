"""Keeps the index in step with deletions, however a document comes to be deleted."""

from typing import Any

from django.db import transaction
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from knowledge.models import Document


@receiver(pre_delete, sender=Document)
def forget_deleted_document(instance: Document, **kwargs: Any) -> None:
    from knowledge.services import forget_passages

    forget_passages(instance)


@receiver(pre_delete, sender=Document)
def forget_original(instance: Document, **kwargs: Any) -> None:
    """The file goes with its document, once it is certain that the document has gone."""
    if name := instance.original.name:
        storage = instance.original.storage
        transaction.on_commit(lambda: storage.delete(name))
