"""What a judged answer teaches, by rules: nothing that a verifier writes can become a lesson."""

import re

from chat.experience.choices import Lesson, Thumb
from chat.pipeline.choices import Verdict

# From this score on an accepted answer is an example to follow.
GOOD_SCORE = 8
# The first that fits decides; words as verifiers use them in both languages, by how they begin.
KINDS: tuple[tuple[Lesson, re.Pattern[str]], ...] = tuple(
    (lesson, re.compile(rf"\b(?:{words})", re.IGNORECASE))
    for lesson, words in (
        (Lesson.FIRST_PERSON, r"first[- ]person|third[- ]person|(?:перв|треть)\w+ лиц"),
        (
            Lesson.FACTS,
            r"fact|wrong|incorrect|inaccura|hallucinat|invent|made up|makes up|unsupported|untrue|contradict"
            r"|факт|ошиб|неверн|неточн|выдум|недостовер|противореч|неправ",
        ),
        (
            Lesson.REQUEST,
            r"request|asked|instruction|off[- ]topic|irrelevant|does not answer|not answer|unrelated|ignor"
            r"|запрос|прос(?:ил|ьб)|инструкц|не по теме|не отвеч|игнорир|не относ",
        ),
        (
            Lesson.COMPLETENESS,
            r"incomplete|missing|omit|lack|partial|unfinished|not cover"
            r"|неполн|не полн|пропу|отсутств|не хвата|недоста|не раскры|обрыва",
        ),
        (Lesson.LANGUAGE, r"language|translat|язык|перевод|переведен"),
        (
            Lesson.STYLE,
            r"style|tone|polite|rude|formal|wordy|verbose|long|short|repetit|format|structure|unclear"
            r"|стил|тон\b|тона\b|вежлив|груб|формальн|многослов|длинн|коротк|кратк|повтор|оформлен|структур|неясн",
        ),
    )
)


def kind_of_problem(problems: str) -> Lesson:
    return next((lesson for lesson, words in KINDS if words.search(problems)), Lesson.GENERIC)


def lesson_of(*, verdict: str, score: int | None, problems: str, thumb: int | None = None, correction: str = "") -> str:
    """One of `Lesson`, or "" for what teaches nothing. What the person says comes before what the verifier says."""
    if correction:
        return Lesson.CORRECTED
    if thumb == Thumb.UP:
        return Lesson.LIKED
    if verdict == Verdict.REJECTED:
        return Lesson.SERIOUS
    if verdict == Verdict.NEEDS_WORK:
        return kind_of_problem(problems)
    if thumb == Thumb.DOWN:
        return Lesson.DISLIKED
    return Lesson.GOOD if verdict == Verdict.ACCEPTED and (score or 0) >= GOOD_SCORE else ""
