"""The decision without a model: a confident hit of the knowledge base answers, a thin mail is asked for details,
everything else goes to a person. The texts say what they are.
"""

import re
from dataclasses import replace

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from integrations.providers.base import Passage
from integrations.text.extract import excerpt, weigh
from integrations.text.tokens import terms
from tickets.choices import AnswerKind, Decision, TriageSource
from tickets.links import absolute
from tickets.triage.case import Case
from tickets.triage.finding import Found, evidence_of, link_of, title_of
from tickets.triage.proposal import Proposal

# Words quoted from the best passage and from the second one.
BUDGETS = (160, 70)
CLOSE_ENOUGH = 0.6
# Content words below which a mail is thin.
THIN = 5
# "It does not work" has one: whatever is found by that is found by chance.
ANSWERABLE = 2
SUMMARY_LENGTH = 200
OWN_LINK = re.compile(r"(?<!!)\[(?P<words>[^\[\]\n]*)\]\((?P<path>/[^()\s]*)\)")


def decide_locally(case: Case, found: Found, *, degraded: str) -> Proposal:
    """`degraded` says why no model decided."""
    answers = found.answered and bool(found.passages) and len(set(terms(case.said))) >= ANSWERABLE
    base = Proposal(
        Decision.ESCALATE,
        TriageSource.LOCAL,
        full_name=case.customer_name,
        issue_summary=summary_of(case),
        degraded=degraded,
        confidence=round(found.confidence, 4),
    )
    if answers and found.confidence >= case.mailbox.threshold:
        return _answer(base, case, found)
    if _is_thin(case):
        return _question(base, case)
    if answers:
        return _answer(base, case, found)
    with translation.override(staff_language(case)):
        return replace(base, reason=_("The knowledge base has no answer to this."))


def staff_language(case: Case) -> str:
    """The language of what only the desk reads."""
    return case.mailbox.language or settings.LANGUAGE_CODE


def summary_of(case: Case) -> str:
    """The subject and how the mail begins."""
    subject, text = " ".join(case.subject.split()), " ".join(case.text.split())
    whole = f"{subject}: {text}" if subject and text else subject or text
    return whole if len(whole) <= SUMMARY_LENGTH else f"{whole[:SUMMARY_LENGTH].rsplit(' ', 1)[0]}…"


def _answer(base: Proposal, case: Case, found: Found) -> Proposal:
    """An extract; below the mailbox's threshold it is only a draft for the person who decides."""
    quoted = _worth_quoting(found.passages, case.language)
    with translation.override(case.language):
        draft = _quoting(case, quoted)
    sure = found.confidence >= case.mailbox.threshold
    with translation.override(staff_language(case)):
        reason = (
            _("The knowledge base has an answer: “%(title)s”.") % {"title": title_of(quoted[0])}
            if sure
            else _("The knowledge base has something similar, but not surely an answer: “%(title)s”.")
            % {"title": title_of(quoted[0])}
        )
    decision = Decision.FULL_ANSWER if sure else Decision.ESCALATE
    return replace(base, decision=decision, draft=draft, reason=reason, evidence=evidence_of(quoted))


def _worth_quoting(passages: list[Passage], language: str) -> list[Passage]:
    """The best ones: those in the customer's language when there are any, close to the best."""
    own = [passage for passage in passages if passage.language == language] or passages
    return [passage for passage in own if passage.score >= CLOSE_ENOUGH * own[0].score][: len(BUDGETS)]


def _quoting(case: Case, passages: list[Passage]) -> str:
    weights = weigh(case.said, [passage.text for passage in passages])
    parts = [
        greeting(case),
        _("This is an automatic answer from our knowledge base:"),
    ]
    for passage, budget in zip(passages, BUDGETS, strict=False):
        parts += [f"**{title_of(passage)}**", whole_links(excerpt(passage.text, weights, budget=budget))]
    links = list(dict.fromkeys(link for passage in passages if (link := link_of(passage))))
    if links:
        parts.append("\n".join([_("Read more:"), *(f"- {link}" for link in links)]))
    parts.append(_("If this does not help, just reply to this e-mail: a person will read it."))
    return "\n\n".join(parts)


def whole_links(markdown: str) -> str:
    """Links to pages of ours as a customer can open them; only their words where nobody knows our address."""

    def whole(match: re.Match[str]) -> str:
        address = absolute(match["path"])
        return f"[{match['words']}]({address})" if address else match["words"]

    return OWN_LINK.sub(whole, markdown)


def greeting(case: Case) -> str:
    """In the active language, by name where there is one that looks like a name."""
    name = " ".join(case.customer_name.split())
    plain = (
        name.replace(" ", "").replace("-", "").replace(".", "").isalpha() and len(name) <= 60 and name.count(" ") < 3
    )
    return _("Hello %(name)s,") % {"name": name} if plain else _("Hello,")


def _is_thin(case: Case) -> bool:
    """Few words that say anything, no file, and not asked for details before."""
    return len(set(terms(case.said))) < THIN and not case.attachments and not case.has_been_asked


def _question(base: Proposal, case: Case) -> Proposal:
    with translation.override(case.language):
        wishes = (
            _("what exactly you want to do or what happens;"),
            _("what you have tried already;"),
            _("the number of the order, contract or account, if there is one."),
        )
        draft = "\n\n".join(
            [
                greeting(case),
                _("Thank you for your message. So that we can help, please tell us more:"),
                "\n".join(f"- {wish}" for wish in wishes),
                _("This is an automatic question. A person will read your answer if our knowledge base has none."),
            ]
        )
    words = len(set(terms(case.said)))
    with translation.override(staff_language(case)):
        reason = _("The mail says too little to find anything.")
    # The fewer words, the surer that nobody could answer.
    confidence = round(0.95 - 0.05 * words, 2)
    return replace(
        base,
        decision=Decision.NEED_MORE_INFO,
        kind=AnswerKind.QUESTION,
        draft=draft,
        reason=reason,
        confidence=confidence,
    )
