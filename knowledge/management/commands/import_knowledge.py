"""Documents from folders, archives, tables of questions and websites."""

import json
import time
from argparse import ArgumentParser
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from knowledge import scopes
from knowledge.importing.containers import Container, opened
from knowledge.importing.errors import BadSource
from knowledge.importing.importer import Import
from knowledge.importing.options import Options
from knowledge.importing.report import Failure, Report
from knowledge.indexing.waiting import Rest, obstacle, work_through
from knowledge.management.progress import Bar, Interruption
from knowledge.models.documents import LANGUAGES

INTERRUPTED = 130
ADDRESSES = ("http://", "https://")
# Worth a line also where a bar is shown.
REMARKABLE = {"failed", "kept", "gone", "removed"}


class Command(BaseCommand):
    help = (
        "Imports documents. SOURCE is a folder (with all below it; folders named en and ru are languages), a file, an "
        "archive (zip, tar and packed tar), an export of export_knowledge, or the address of a page or a sitemap. "
        "May be repeated and interrupted: what has not changed is left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("sources", nargs="+", metavar="SOURCE")
        add("--collection", default="", help="Name of the collection; the folder's or archive's own by default.")
        add("--language", default="", choices=["", *dict(LANGUAGES)], help="Of all files, whatever their folders say.")
        add("--tag", action="append", default=[], metavar="TAG", help="For each document. May be repeated.")
        add("--scope", action="append", default=[], metavar="SCOPE", help="Who sees them. May be repeated.")
        add("--draft", action="store_true", help="Keep new documents as drafts.")
        add("--qa", action="store_true", help="CSV files have to be tables of questions and answers.")
        add("--split", action="store_true", help="With --qa: each question becomes a document of its own.")
        add("--prune", action="store_true", help="Take documents out whose files are gone from the collection.")
        add("--force", action="store_true", help="Replace also what people have changed or taken off the site.")
        add("--dry-run", action="store_true", help="Say what would change, change nothing.")
        add("--wait", "--workers-wait", action="store_true", help="Index everything now, in this process.")
        add("--report", type=Path, metavar="FILE", help="Write what was done as JSON.")

    def handle(self, *args: Any, sources: list[str], **given: Any) -> None:
        options = self._options(given)
        self._lines = given["verbosity"] > 0
        report = Report(dry_run=options.dry_run)
        began = time.monotonic()
        with Interruption() as stop:
            self._all(sources, options, report, stop)
            report.interrupted = stop.asked
            if given["wait"] and not options.dry_run and not stop:
                self._wait(stop)
        report.seconds = round(time.monotonic() - began, 1)
        self._conclude(report, given["report"])

    def _options(self, given: dict[str, Any]) -> Options:
        known = [scope for scope, _ in scopes.choices()]
        if unknown := [scope for scope in given["scope"] if scope not in known]:
            raise CommandError(f"--scope: there is no scope {unknown[0]!r}. Known scopes: {', '.join(sorted(known))}")
        if given["split"] and not given["qa"]:
            raise CommandError("--split goes with --qa")
        if "/" in given["collection"] or len(given["collection"]) > 150:
            raise CommandError("--collection: up to 150 characters without a slash are wanted")
        if long := [tag for tag in given["tag"] if len(tag) > 50 or not tag.strip()]:
            raise CommandError(f"--tag: up to 50 characters are wanted, not {long[0]!r}")
        return Options(
            collection=given["collection"].strip(),
            language=given["language"],
            tags=tuple(given["tag"]),
            scopes=tuple(given["scope"]),
            draft=given["draft"],
            dry_run=given["dry_run"],
            prune=given["prune"],
            force=given["force"],
            questions=given["qa"],
            split=given["split"],
        )

    # The work

    def _all(self, sources: list[str], options: Options, report: Report, stop: Interruption) -> None:
        for source in sources:
            if stop:
                return
            try:
                with _container(source) as container:
                    self._one(Import(container, options, report, self._tell), stop)
            except BadSource as error:
                reason = str(error).removeprefix(f"{source}: ")
                report.failed.append(Failure(source, reason))
                self._tell("failed", source, reason)

    def _one(self, work: Import, stop: Interruption) -> None:
        names = work.prepare()
        self._bar = Bar(self.stderr, total=len(names), quiet=not self._lines)
        for done, name in enumerate(names):
            if stop:
                break
            self._bar.show(done, name)
            work.deal_with(name)
        else:
            work.finish()
        self._bar.clear()

    def _tell(self, kind: str, source: str, reason: str) -> None:
        bar = getattr(self, "_bar", None)
        if bar is not None and bar.is_seen:
            if kind not in REMARKABLE:
                return
            bar.clear()
        if self._lines and kind != "unchanged":
            self.stdout.write(f"  {kind:9}  {source}{f': {reason}' if reason else ''}")

    def _wait(self, stop: Interruption) -> None:
        bar = Bar(self.stderr, total=0, quiet=not self._lines)
        most = 0

        def tell(left: Rest) -> None:
            nonlocal most
            most = max(most, left.total)
            bar.show(most - left.total, "indexed", total=most)

        left = work_through(tell, is_stopped=lambda: stop.asked)
        bar.clear()
        if left.total and self._lines:
            why = f" ({reason})" if (reason := obstacle()) else ""
            self.stdout.write(f"Left to the workers: {left.documents} documents, {left.vectors} vectors{why}.")

    # The end

    def _conclude(self, report: Report, file: Path | None) -> None:
        if file is not None:
            self._write(report, file)
        if self._lines:
            note = " (dry run, nothing was written)" if report.dry_run else ""
            self.stdout.write(f"Documents: {report.summary()}{note}. {report.seconds} s.")
        if report.interrupted:
            raise CommandError("Interrupted. What is done stays; the same command goes on.", returncode=INTERRUPTED)
        if report.failed:
            raise CommandError(f"Files that could not be imported: {len(report.failed)}.")

    def _write(self, report: Report, file: Path) -> None:
        try:
            file.write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(f"--report: {file} cannot be written: {error.strerror}") from error


def _container(source: str) -> AbstractContextManager[Container]:
    if source.lower().startswith(ADDRESSES):
        # Loads what is needed for the network only when it is.
        from knowledge.importing.websites import Website

        return nullcontext(Website(source))
    return opened(Path(source))
