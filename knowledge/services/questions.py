"""Questions that found nothing: one row for each way of meaning the same, so that staff see what to write about."""

import hashlib
import re
from datetime import timedelta
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from integrations.text import terms
from knowledge.choices import QuestionState
from knowledge.encoders import EncoderMissing, query_vector
from knowledge.indexing.versions import live_version
from knowledge.models import Document, OpenQuestion

KEPT = timedelta(days=180)
LONGEST = 500
# Newest groups that a question is compared with by meaning, and how like they must be.
COMPARED = 500
ALIKE = 0.82
# Who wrote, where he lives, what he paid with: none of it is needed to see what was asked.
PERSONAL = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"https?://\S+"), "[link]"),
    (re.compile(r"(?<!\w)@\w{4,}"), "[name]"),
    (re.compile(r"(?<!\w)\+?\d[\d\s().-]{5,}\d(?!\w)"), "[number]"),
    (re.compile(r"\d{5,}"), "[number]"),
)


def masked(text: str) -> str:
    """`text` in one line without addresses and long numbers."""
    text = " ".join(text.replace("\x00", " ").split())
    for pattern, mark in PERSONAL:
        text = pattern.sub(mark, text)
    return text[:LONGEST]


def note_unanswered(question: str, *, language: str, scope: str = "") -> OpenQuestion | None:
    """Counts a question that found nothing; None for one that has no words."""
    text = masked(question)
    words = sorted(set(terms(text)))
    if not words:
        return None
    key = hashlib.sha256("\x00".join(words).encode()).hexdigest()
    found = OpenQuestion.objects.filter(key=key).first() or _alike(text, language)
    if found is None:
        found = _begin(key, text, language)
        if found is None:
            found = OpenQuestion.objects.get(key=key)
        else:
            _add_scope(found, scope)
            return found
    OpenQuestion.objects.filter(pk=found.pk).update(asked=F("asked") + 1, last_at=timezone.now())
    _reopen(found)
    _add_scope(found, scope)
    return found


def _begin(key: str, text: str, language: str) -> OpenQuestion | None:
    """A new group; None when somebody was quicker."""
    encoder, vector = _vector(text)
    try:
        with transaction.atomic():
            return OpenQuestion.objects.create(
                key=key, text=text, language=language, last_at=timezone.now(), encoder=encoder, vector=vector
            )
    except IntegrityError:
        return None


def _vector(text: str) -> tuple[str, bytes | None]:
    version = live_version()
    if version is None or not version.encoder:
        return "", None
    try:
        return version.encoder, query_vector(version.encoder, text).astype("<f2").tobytes()
    except EncoderMissing:
        return "", None


def _alike(text: str, language: str) -> OpenQuestion | None:
    """The open question that means the same."""
    encoder, data = _vector(text)
    if data is None:
        return None
    groups = OpenQuestion.objects.filter(encoder=encoder, language=language, state=QuestionState.OPEN)
    rows = list(groups.order_by("-last_at").values_list("pk", "vector")[:COMPARED])
    mine = np.frombuffer(data, "<f2").astype(np.float32)
    known = [(pk, bytes(vector)) for pk, vector in rows if vector and len(vector) == len(data)]
    if not known:
        return None
    vectors = np.frombuffer(b"".join(vector for _, vector in known), "<f2").reshape(len(known), -1)
    likeness = vectors.astype(np.float32) @ mine
    best = int(likeness.argmax())
    return OpenQuestion.objects.filter(pk=known[best][0]).first() if likeness[best] >= ALIKE else None


def _reopen(question: OpenQuestion) -> None:
    """An article that was to answer it does not; what staff dismissed stays dismissed."""
    OpenQuestion.objects.filter(pk=question.pk, state=QuestionState.ANSWERED).update(state=QuestionState.OPEN)


def _add_scope(question: OpenQuestion, scope: str) -> None:
    if scope and scope not in question.scopes:
        question.scopes = [*question.scopes, scope][-20:]
        OpenQuestion.objects.filter(pk=question.pk).update(scopes=question.scopes)


def dismiss_questions(questions: Any) -> int:
    return int(questions.filter(state=QuestionState.OPEN).update(state=QuestionState.DISMISSED))


def reopen_questions(questions: Any) -> int:
    """Takes a dismissal back."""
    return int(questions.filter(state=QuestionState.DISMISSED).update(state=QuestionState.OPEN))


def answer_question(question: OpenQuestion, document: Document) -> None:
    """Says which article answers it; asked in vain once more, it is open again."""
    OpenQuestion.objects.filter(pk=question.pk).update(state=QuestionState.ANSWERED, document=document)


def write_for(question: OpenQuestion, document: Document) -> None:
    """Says which article is being written for a question; it is answered once that is published."""
    if document.published:
        answer_question(question, document)
        return
    OpenQuestion.objects.filter(pk=question.pk).update(document=document)


def settle_questions(document: Document) -> int:
    """After an article was published: the open questions that it was written for are answered."""
    waiting = OpenQuestion.objects.filter(document=document, state=QuestionState.OPEN)
    return int(waiting.update(state=QuestionState.ANSWERED))


def prune_questions() -> int:
    return int(OpenQuestion.objects.filter(last_at__lt=timezone.now() - KEPT).delete()[0])
