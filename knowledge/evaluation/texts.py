from dataclasses import dataclass

from django.utils.translation import gettext as _


def error_text(code: str) -> str:
    """Why an evaluation failed, and what to do, in the active language."""
    texts = {
        "internal": _("Something went wrong on our side; the log has the details. Try again."),
        "interrupted": _("It was interrupted on the command line."),
        "no_questions": _("There are no test questions. Add some, or load the sample set."),
    }
    return texts.get(code, code)


@dataclass(frozen=True, slots=True)
class Title:
    """What a figure is called, and what it says."""

    name: str
    short: str
    meaning: str


def metric_titles() -> list[Title]:
    """The figures in the order in which they are shown."""
    return [
        Title("hit_at_3", "hit@3", _("Share of questions whose right document is among the first three.")),
        Title("mrr", "MRR@10", _("1 where the right document comes first, 1/2 where it comes second, and so on.")),
        Title("ndcg_at_10", "nDCG@10", _("How near the first ten come to the best possible order.")),
        Title(
            "no_answer_precision",
            _("Silence: precision"),
            _("Of the questions answered with nothing, how many truly have no answer."),
        ),
        Title(
            "no_answer_recall",
            _("Silence: recall"),
            _("Of the questions that have no answer, how many were answered with nothing."),
        ),
    ]
