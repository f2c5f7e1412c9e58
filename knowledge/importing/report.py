"""What an import has done, or would do."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Failure:
    file: str
    reason: str


@dataclass(slots=True)
class Report:
    """The files of each kind by their sources. `kept` are documents that people have changed or taken off the site."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[Failure] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    skipped: int = 0
    dry_run: bool = False
    interrupted: bool = False
    seconds: float = 0.0

    def summary(self) -> str:
        counts = [f"{len(getattr(self, name))} {name}" for name in ("new", "changed", "unchanged", "failed", "removed")]
        if self.kept:
            counts.append(f"{len(self.kept)} kept as people left them")
        if self.gone:
            counts.append(f"{len(self.gone)} gone from their source (--prune takes them out)")
        return ", ".join(counts)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
