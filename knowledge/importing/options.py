from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """How an import is to be done. Empty `collection`: the folder's or archive's name."""

    collection: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    draft: bool = False
    dry_run: bool = False
    prune: bool = False
    force: bool = False
    questions: bool = False
    split: bool = False
