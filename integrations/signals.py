"""What staff change is no longer what is remembered."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from integrations.models import AIModel, AIProvider, Budget, ModelRole, RoleStep
from integrations.remember import forget


@receiver([post_save, post_delete], sender=AIProvider)
@receiver([post_save, post_delete], sender=AIModel)
@receiver([post_save, post_delete], sender=ModelRole)
@receiver([post_save, post_delete], sender=RoleStep)
@receiver([post_save, post_delete], sender=Budget)
def forget_what_changed(**_: Any) -> None:
    forget()
