"""Whose a credential is. Bots are rows of an app above this one and known here by their id only."""

from dataclasses import dataclass
from typing import Any

from integrations.credentials.choices import OwnerKind


@dataclass(frozen=True, slots=True)
class Owner:
    kind: OwnerKind
    id: str = ""

    @classmethod
    def bot(cls, bot_id: Any) -> "Owner":
        return cls(OwnerKind.BOT, str(bot_id))


COMPANY = Owner(OwnerKind.COMPANY)
