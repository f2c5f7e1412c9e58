"""How good search is on the test questions."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from knowledge.choices import RunState
from knowledge.evaluation.questions import BadQuestions, import_questions, read_questions
from knowledge.evaluation.runs import run_now
from knowledge.evaluation.terminal import changed, differences, progress_bar, table
from knowledge.models import EvaluationRun


class Command(BaseCommand):
    help = (
        "Asks all test questions and prints hit@3, MRR, nDCG@10 and the precision and recall of giving no answer, each "
        "with its 95 % interval. The evaluation is kept and shown in the back office."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--questions",
            type=Path,
            metavar="FILE",
            help="First add and update the questions of this CSV file: question, language, documents (slugs or file "
            "names without ending, joined by |), answerable (yes or no).",
        )
        parser.add_argument("--replace", action="store_true", help="With --questions: delete all other questions.")
        parser.add_argument("--json", action="store_true", help="Print the figures and results as JSON.")
        parser.add_argument("--compare", type=int, metavar="RUN", help="Also say what changed since this evaluation.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["replace"] and not options["questions"]:
            raise CommandError("--replace needs --questions")
        former = _former(options["compare"])
        if options["questions"]:
            self._import(options["questions"], replace=options["replace"], quiet=options["json"])
        run = _run()
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(run, former), ensure_ascii=False, indent=1))
            return
        self._report(run)
        if former:
            self._compare(former, run)

    def _import(self, path: Path, *, replace: bool, quiet: bool) -> None:
        try:
            imported = import_questions(read_questions(path), replace=replace)
        except BadQuestions as error:
            raise CommandError(str(error)) from error
        if not quiet:
            self.stdout.write(
                f"Questions: {imported.added} new, {imported.changed} changed, {imported.removed} removed"
            )

    def _report(self, run: EvaluationRun) -> None:
        model = run.encoder or "none: words alone"
        self.stdout.write(f"Evaluation #{run.pk}: {run.questions} questions, embedding model {model}")
        if run.encoder and (alone := sum(row["dense"] != "ok" for row in run.results)):
            self.stdout.write(f"{alone} of them were answered by words alone: the vectors could not be used.")
        for line in table(run.metrics):
            self.stdout.write(line)

    def _compare(self, former: EvaluationRun, run: EvaluationRun) -> None:
        self.stdout.write(f"\nSince evaluation #{former.pk}:")
        for line in differences(former.metrics, run.metrics):
            self.stdout.write(line)
        for title, lines in zip(("Better", "Worse"), changed(former.results, run.results), strict=True):
            self.stdout.write(f"{title}: {len(lines)}")
            for line in lines:
                self.stdout.write(f"  {line}")


def _former(pk: int | None) -> EvaluationRun | None:
    if pk is None:
        return None
    run = EvaluationRun.objects.filter(pk=pk, state=RunState.DONE).first()
    if run is None:
        raise CommandError(f"--compare: there is no completed evaluation #{pk}")
    return run


def _run() -> EvaluationRun:
    try:
        with progress_bar() as progress:
            run = run_now(progress=progress)
    except KeyboardInterrupt:
        raise CommandError("Interrupted: the evaluation was not completed.", returncode=130) from None
    if run.state == RunState.FAILED:
        raise CommandError("There are no test questions: give a file by --questions, or add some in the back office.")
    return run


def _as_json(run: EvaluationRun, former: EvaluationRun | None) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "run": run.pk,
        "index": run.index_id,
        "encoder": run.encoder,
        "questions": run.questions,
        "metrics": run.metrics,
        "results": run.results,
    }
    if former:
        better, worse = changed(former.results, run.results)
        facts["compared"] = {"run": former.pk, "metrics": former.metrics, "better": better, "worse": worse}
    return facts
