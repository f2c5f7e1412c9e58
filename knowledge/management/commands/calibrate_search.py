"""Fits the no-answer threshold to the test questions."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from knowledge.evaluation.calibration import Report, TooFewQuestions, calibrate, check_enough, store
from knowledge.evaluation.exploring import explore
from knowledge.evaluation.observing import asked, observe
from knowledge.evaluation.questions import all_questions
from knowledge.evaluation.terminal import LABELS, figure, progress_bar
from knowledge.indexing.versions import live_version
from knowledge.models import IndexVersion
from knowledge.search.confidence import Calibration

NO_ANSWER = ("no_answer_precision", "no_answer_recall")
TITLES = {"reranked": "Words and meaning, reranked", "hybrid": "Words and meaning", "words": "Words alone"}


class Command(BaseCommand):
    help = (
        "Fits to the test questions when a passage counts as an answer, and keeps it with the live index version. "
        "Prints how often silence is right, measured on questions that the fit had not seen."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Print what would be kept, change nothing.")
        parser.add_argument("--explore", action="store_true", help="Only try constants of the rank fusion.")

    def handle(self, *args: Any, **options: Any) -> None:
        version = live_version()
        if version is None:
            raise CommandError("There is no index yet: publish documents first.")
        try:
            self._explore(version) if options["explore"] else self._calibrate(version, dry_run=options["dry_run"])
        except TooFewQuestions as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Interrupted: nothing was changed.", returncode=130) from None

    def _calibrate(self, version: IndexVersion, *, dry_run: bool) -> None:
        with progress_bar() as progress:
            report = calibrate(version, progress=progress)
        if not dry_run:
            store(version, report)
        self._print(version, report)
        self.stdout.write("Dry run: nothing was kept." if dry_run else f"Kept with index version #{version.pk}.")

    def _print(self, version: IndexVersion, report: Report) -> None:
        model = version.encoder or "none"
        self.stdout.write(f"Index version #{version.pk}, embedding model {model}, {report.questions} questions\n")
        fitted = {"hybrid": report.hybrid, "words": report.words}
        if report.reranked is not None:
            self.stdout.write(f"Reranker: {report.reranker}\n")
            fitted = {"reranked": report.reranked, **fitted}
        for key, calibration in fitted.items():
            if calibration is None:
                self.stdout.write(f"{TITLES[key]}: not fitted, the vectors cannot be used now.\n")
                continue
            self._print_curve(TITLES[key], calibration)
            for name in NO_ANSWER:
                self.stdout.write(f"  {LABELS[name]:22} {figure(report.figures[key][name])}  (cross-validated)")
            self.stdout.write("")

    def _print_curve(self, title: str, calibration: Calibration) -> None:
        self.stdout.write(f"{title}: an answer from a confidence of {calibration.threshold:.4f} on")
        weights = ", ".join(
            f"{name} {value:+.4f}" for name, value in calibration.stored().items() if name != "threshold"
        )
        self.stdout.write(f"  {weights}")

    def _explore(self, version: IndexVersion) -> None:
        questions = asked(all_questions())
        check_enough(questions)
        with progress_bar() as progress:
            observed = observe(questions, version, progress=progress)
        if not all(entry.with_vectors for entry in observed):
            raise CommandError("The vectors cannot be used now, so there is nothing to fuse.")
        self._table([("K", "words", "meaning", "other", "hit@3", "MRR", "nDCG@10", "F1")])
        for trial in explore(observed):
            fusion = trial.fusion
            shown = (fusion.k, fusion.lexical, fusion.dense, fusion.other_language)
            figures = (trial.hit_at_3, trial.mrr, trial.ndcg_at_10, trial.f1)
            self._table([[*map("{:g}".format, shown), *map("{:.3f}".format, figures)]])

    def _table(self, rows: Sequence[Sequence[str]]) -> None:
        for row in rows:
            self.stdout.write("".join(f"{cell:>9}" for cell in row))
