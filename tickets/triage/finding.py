"""What the knowledge base says to a mail."""

import re
from dataclasses import dataclass, field

from integrations.providers.base import Passage
from integrations.text.markdown import sentences
from integrations.text.smalltalk import small_talk
from integrations.text.tokens import normalise
from knowledge.folder import GUIDE
from knowledge.search import Filters, SearchResult, search
from tickets.links import absolute
from tickets.triage.case import Case

PASSAGES = 5
QUERY_WORDS = 60
# How this product is run is no matter of its customers.
COMPANYS = Filters(without=GUIDE.name)
QUESTIONS = 3
LONGEST_QUOTE = 300
ASKING = re.compile(
    r"\?|^(?:how|what|where|when|why|which|who|can|could|is|are|do|does|did|will|would|should|may|"
    r"please (?:tell|explain|"
    r"advise)|tell me|explain|i (?:want|need|would like|wish|cannot|can't|could not)|"
    r"как|где|когда|почему|зачем|что|сколько|можно|могу|могут|какой|какая|какие|каков\w*|куда|кто|есть ли|подскажите|"
    r"расскажите|объясните|поясните|уточните|хочу|хотел\w*|нужно|надо|не могу|не получается)\b"
)
GREETING = re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|day|afternoon|evening)|greetings|здравствуй\w*|добр\w+ (?:день|дня|"
    r"вечер|утро|"
    r"времени суток)|привет\w*|уважаем\w+)(?: [^\s,.!]+){0,4}[,.!]*\s*"
)


@dataclass(frozen=True, slots=True)
class Found:
    """Passages, best first; `answered` says that the first one answers, `confidence` (0..1) how surely."""

    passages: list[Passage] = field(default_factory=list)
    answered: bool = False
    confidence: float = 0.0
    degraded: str = ""


def found_for(case: Case, *, everything: bool = False) -> Found:
    """One search for the questions in the mail, a second one for its beginning where that finds nothing.

    With `everything` passages that hardly answer are kept: a model judges better than a threshold.
    """
    best = Found()
    for query in _queries(case):
        result = search(
            query,
            scope=case.scope,
            language=case.language,
            filters=COMPANYS,
            limit=PASSAGES,
            everything=everything,
        )
        found = _found(result)
        if not best.passages or found.answered:
            best = found
        if best.answered:
            break
    return best


def _found(result: SearchResult) -> Found:
    surest = max((passage.confidence for passage in result.passages), default=0.0)
    return Found(result.passages, result.answered, surest, result.degraded)


def _queries(case: Case) -> list[str]:
    said = [sentence for line in case.text.splitlines() for sentence in sentences(line) if _says_something(sentence)]
    asked = [one for one in said if ASKING.search(GREETING.sub("", normalise(one)))][:QUESTIONS]
    first = _cut(" ".join(asked)) if asked else ""
    second = _cut(f"{case.own_subject} {' '.join(said)}")
    return list(dict.fromkeys(query for query in (first, second) if query))


def _says_something(sentence: str) -> bool:
    rest = GREETING.sub("", normalise(sentence).strip())
    return bool(rest.strip(" ,.!-–—")) and small_talk(rest) is None


def _cut(text: str) -> str:
    return " ".join(text.split()[:QUERY_WORDS])


def evidence_of(passages: list[Passage]) -> list[dict[str, object]]:
    """As `Triage.evidence` keeps them: what the passage is, its link, and how it begins."""
    return [
        {
            "chunk": passage.id,
            "document": str(passage.document_id or ""),
            "title": title_of(passage),
            "url": passage.url,
            "quote": passage.text[:LONGEST_QUOTE],
            "confidence": passage.confidence,
        }
        for passage in passages
    ]


def title_of(passage: Passage) -> str:
    return f"{passage.title} › {passage.heading}" if passage.heading else passage.title


def link_of(passage: Passage) -> str:
    """An address that a customer can open; empty where there is none."""
    return absolute(passage.url)
