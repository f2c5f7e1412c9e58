"""Writing a prompt, and choosing the version that is used."""

import logging
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.prompts.checking import clean_note, clean_text
from chat.prompts.live import SHIPPED
from chat.prompts.models import NOTE_LENGTH, Prompt, PromptSwitch, PromptVersion
from chat.prompts.registry import specs
from integrations.remember import forget

logger = logging.getLogger(__name__)


class EditedMeanwhile(Exception):
    """Somebody else was quicker: `version` is the newest one, None when another version was put to use."""

    def __init__(self, version: PromptVersion | None) -> None:
        super().__init__("the prompt was changed meanwhile")
        self.version = version


def ensure_prompts() -> None:
    """A row for each prompt of the registry; one query when there is nothing to do."""
    known = set(Prompt.objects.values_list("key", flat=True))
    new = [Prompt(key=key, shipped=spec.text) for key, spec in specs().items() if key not in known]
    if new:
        Prompt.objects.bulk_create(new, ignore_conflicts=True)


def save_version(
    prompt: Prompt, text: str, *, actor: Any, based_on: int, note: str = "", use: int | None = None
) -> PromptVersion:
    """Keeps a new text. `based_on` is the newest version that the author knew, 0 for none.

    `use` puts it to use in place of that version number. Raises ValidationError with `text` or `note`, EditedMeanwhile.
    """
    text, note = clean_text(prompt.spec, text), clean_note(note, longest=NOTE_LENGTH)
    try:
        with transaction.atomic():
            newest = _newest(prompt)
            if (newest.number if newest else SHIPPED) != based_on:
                raise EditedMeanwhile(newest)
            if text == (newest.text if newest else prompt.spec.text):
                raise ValidationError({"text": _("Nothing has changed.")})
            version = PromptVersion.objects.create(
                prompt=prompt, number=based_on + 1, text=text, note=note, author=_person(actor)
            )
            _told_of_shipped(prompt)
            if use is not None:
                make_live(prompt, version.number, actor=actor, expected=use)
    except IntegrityError as error:
        # Two authors pressed at the same moment.
        raise EditedMeanwhile(_newest(prompt)) from error
    logger.info("version %s of the prompt %s written by %s", version.number, prompt.key, actor)
    return version


@transaction.atomic
def make_live(prompt: Prompt, number: int, *, actor: Any, expected: int) -> bool:
    """Puts a version to use in place of `expected`; 0 is the shipped text. False when it is in use already.

    Raises PromptVersion.DoesNotExist; ValidationError with `version` when it does not fit the prompt's variables any
    more; EditedMeanwhile when another one than `expected` is in use.
    """
    version = None if number == SHIPPED else prompt.versions.get(number=number)
    if version is not None and not prompt.spec.fits(version.text):
        raise ValidationError({"version": _("This version does not fit the variables that the prompt has now.")})
    former = None if expected == SHIPPED else prompt.versions.filter(number=expected).first()
    if former is None and expected != SHIPPED:
        raise EditedMeanwhile(None)
    # The row's own column: a condition on a joined row would not be looked at again after waiting for another's lock.
    rows = Prompt.objects.filter(pk=prompt.pk, live=former)
    if number == expected and rows.exists():
        return False
    if not rows.update(live=version, shipped=prompt.spec.text, changed_at=timezone.now(), changed_by=_person(actor)):
        raise EditedMeanwhile(None)
    PromptSwitch.objects.create(prompt=prompt, former=expected, number=number, actor=_person(actor))
    transaction.on_commit(forget)
    logger.info("prompt %s: version %s in place of %s by %s", prompt.key, number, expected, actor)
    return True


def keep_own(prompt: Prompt, *, actor: Any) -> None:
    """Staff have seen the new shipped text and keep theirs."""
    _told_of_shipped(prompt)
    logger.info("prompt %s: the own version is kept by %s", prompt.key, actor)


def text_of(prompt: Prompt, number: int) -> str:
    """Raises PromptVersion.DoesNotExist."""
    if number == SHIPPED:
        return prompt.spec.text
    return str(prompt.versions.values_list("text", flat=True).get(number=number))


def _newest(prompt: Prompt) -> PromptVersion | None:
    found: PromptVersion | None = prompt.versions.select_related("author").order_by("-number").first()
    return found


def _told_of_shipped(prompt: Prompt) -> None:
    Prompt.objects.filter(pk=prompt.pk).update(shipped=prompt.spec.text)


def _person(actor: Any) -> Any:
    return actor if getattr(actor, "is_authenticated", False) else None
