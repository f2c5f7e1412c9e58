"""Whether a draft says only what the cited passages say.

Its words are looked for by their base forms, its numbers in the passages and in the mail, its links and addresses in
the passages alone: a mail chooses no links. Where the passages are in another language, only the latter two count.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache

from chat.language import language_of
from chat.memory.grounding import ADDRESS, Said
from integrations.providers.base import Passage
from integrations.text.tokens import normalise, terms
from tickets.triage.finding import link_of, title_of

KNOWN_SHARE = 0.5
PASSAGE_SHARE = 0.25
LIST_MARK = re.compile(r"^[ \t]*(?:\d{1,2}[.)]|[-*•])[ \t]+", re.MULTILINE)
DOTTED = re.compile(
    r"(?<![\w@./-])(?:[a-z0-9а-я](?:[a-z0-9а-я-]*[a-z0-9а-я])?\.)+(?:[a-z]{2,24}|рф|рус|онлайн)(?![\w])"
)
OPENED = re.compile(
    r"\]\(\s*(?P<target>[^)\s]*)|<(?P<tag>[a-z][^>]*)>|\b(?:mailto|tel|javascript|data|file|ftp):\S+", re.I
)
PHONE = re.compile(r"(?<![\w.])\+?\d(?:[\s().\u00a0-]*\d){9,14}(?!\w)")
FILES = ("pdf", "doc", "docx", "xls", "xlsx", "txt", "csv", "jpg", "jpeg", "png", "log", "zip", "exe", "html", "md")
POLITE = (
    "Hello dear customer, good day, thank you for your message, your letter, your question, your patience, for "
    "contacting us, writing to us. We are sorry for the inconvenience, we apologise. We are happy to help. Please "
    "let us know, reply to this e-mail, if you have any further questions, best kind regards, support team. "
    "Here is "
    "the answer: you should follow these steps, the following instructions, first, next, then, after, finally. "
    "See more information, details, link below. Unfortunately, of course, certainly, welcome, possible, able, use. "
    "Здравствуйте, уважаемый клиент, добрый день, благодарим вас за обращение, письмо, вопрос, терпение, ожидание. "
    "Приносим извинения за неудобства, сожалеем, извините. Мы рады помочь. Пожалуйста, сообщите нам, напишите, "
    "ответьте на это письмо, если возникнут дополнительные вопросы, с уважением, служба, команда поддержки. Вот "
    "ответ: следует выполнить следующие шаги, инструкции, сначала, затем, далее, после, потом, наконец. Подробнее, "
    "информация, подробности, ссылка ниже. К сожалению, конечно, возможно, обязательно, необходимо, получится."
)


@cache
def polite_terms() -> frozenset[str]:
    """With the first draft, not with the import: the dictionary takes a second to load."""
    return frozenset(terms(POLITE))


def unsupported(draft: str, *, passages: Sequence[Passage], mail: str, names: Iterable[str] = ()) -> str:
    """What is wrong with an answer, in words for the model that never repeat the draft's; empty when nothing is."""
    plain = LIST_MARK.sub("", draft)
    if problem := bad_links(plain, passages=passages, mail=mail):
        return problem
    sources = [f"{title_of(passage)}\n{passage.text}" for passage in passages]
    if invented_numbers(plain, [*sources, mail, *names]):
        return "draft_reply has a number that neither the cited passages nor the mail have: leave it out"
    return _unheard(plain, passages=passages, sources=sources, mail=" ".join([mail, *names]))


def bad_links(draft: str, *, passages: Sequence[Passage], mail: str = "") -> str:
    """A link, address or phone number that no cited passage has; names of files may be the mail's."""
    known = normalise("\n".join(f"{passage.text}\n{passage.url}\n{link_of(passage)}" for passage in passages))
    text = normalise(draft)
    if any(found[0].rstrip(".,;:!?)»\"'") not in known for found in ADDRESS.finditer(text)):
        return "draft_reply has a link or an address that no cited passage has: leave it out"
    rest = ADDRESS.sub(" ", text)
    if any(not _may_open(found, known) for found in OPENED.finditer(rest)):
        return "draft_reply has a link or HTML that no cited passage has: leave it out"
    if any(found[0] not in known and not _is_file(found[0], mail) for found in DOTTED.finditer(rest)):
        return "draft_reply names a site that no cited passage names: leave it out"
    digits = re.sub(r"\D", "", known)
    if any(re.sub(r"\D", "", found[0]) not in digits for found in PHONE.finditer(rest)):
        return "draft_reply has a long number that no cited passage has: leave it out"
    return ""


def _may_open(found: re.Match[str], known: str) -> bool:
    """The target of a Markdown link that a passage has; no HTML, no other schemes."""
    target = found["target"]
    return target is not None and (not target or target in known)


def _is_file(name: str, mail: str) -> bool:
    return name.rpartition(".")[2] in FILES and name in normalise(mail)


def invented_numbers(draft: str, sources: Iterable[str]) -> list[str]:
    """Numbers that occur nowhere, however they are written."""
    invented = Said(sources).invented(ADDRESS.sub(" ", LIST_MARK.sub("", draft)))
    return [one for one in invented if one.isdigit()]


def _unheard(draft: str, *, passages: Sequence[Passage], sources: Sequence[str], mail: str) -> str:
    said = set(terms(ADDRESS.sub(" ", draft))) - polite_terms()
    if not said:
        return "draft_reply says nothing of what the passages say"
    language = language_of(draft, default="")
    if all(passage.language != language for passage in passages):
        return ""
    cited = set(terms("\n".join(sources)))
    heard = cited | set(terms(mail))
    if len(said & heard) < KNOWN_SHARE * len(said) or len(said & cited) < PASSAGE_SHARE * len(said):
        return "draft_reply says what the cited passages do not say: keep to their words, or escalate_to_human"
    return ""
