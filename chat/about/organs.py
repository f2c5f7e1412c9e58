"""The parts of the assistant with what they can do, whether they work, and how often they were of use."""

from typing import Any, TypedDict

from chat.about.catalog import PROMPTS, SWITCHES, Organ, all_organs
from chat.about.choices import ACTIVE, DORMANT, GROWING, STATUSES, Status
from chat.about.counting import use_counts
from chat.about.facts import Facts, find_facts
from chat.prompts.models import PromptSwitch
from chat.querysets import reads_everything
from integrations.ollama.report import model_manager_json
from integrations.remember import remembered


class OrganJson(TypedDict):
    name: str
    file: str
    description: str
    capabilities: list[str]
    status: Status
    uses_count: int


def organs_of(actor: Any) -> dict[str, OrganJson]:
    """By key, in the active language. Constant number of queries, shared for a second by all who ask.

    `uses_count` is exact for staff who may view conversations; the others get its first digit, which tells that a part
    is in use without telling how busy the house is.
    """
    facts, counts = remembered(("organs",), _find)
    is_exact = reads_everything(actor)
    return {organ.key: _organ_json(organ, facts, counts, is_exact=is_exact) for organ in all_organs()}


def by_status(organs: dict[str, OrganJson]) -> dict[Status, int]:
    return {status: sum(organ["status"] == status for organ in organs.values()) for status in STATUSES}


def rounded(count: int) -> int:
    """With all digits but the first one as zeros: 7 is 7, 4821 is 4000."""
    unit: int = 10 ** (len(str(count)) - 1)
    return count // unit * unit


def _find() -> tuple[Facts, dict[str, int]]:
    manager = remembered(("model_manager",), model_manager_json)
    counts = {PROMPTS: PromptSwitch.objects.count(), SWITCHES: manager["switches"]}
    return find_facts(), {**use_counts(), **counts}


def _organ_json(organ: Organ, facts: Facts, counts: dict[str, int], *, is_exact: bool) -> OrganJson:
    count = counts.get(organ.uses, 0)
    return {
        "name": str(organ.name),
        "file": organ.file,
        "description": str(organ.description),
        "capabilities": [str(words) for words in organ.capabilities],
        "status": (ACTIVE if count else GROWING) if organ.works(facts) else DORMANT,
        "uses_count": count if is_exact else rounded(count),
    }
