"""Remembering something."""

from collections.abc import Iterable

from django.db import transaction

from chat.memory.holders import Holder
from chat.memory.recall import index_of
from chat.memory.wake import wake_soon
from chat.memory.writing import Book, Draft, Kept, locked_account


def remember(holder: Holder, drafts: Iterable[Draft]) -> list[Kept]:
    """What became of each draft, in order; guards, merging and limits are those of `Book`.

    Not to be called within a transaction: the index of this process must not learn what may be rolled back.
    """
    index = index_of(holder)
    with transaction.atomic(durable=True):
        book = Book(locked_account(holder), index)
        kept = [book.keep(draft) for draft in drafts]
        book.close()
    if any(one.outcome in {"added", "merged"} for one in kept):
        wake_soon()
    return kept
