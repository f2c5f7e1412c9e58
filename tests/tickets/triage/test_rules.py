"""The rules that staff lay down: shipped ones, their own, what they see, and how they are refused."""

import pytest
from django.core.exceptions import ValidationError

from tests.tickets.triage.conftest import ROUTER
from tickets.choices import RuleAction, TicketPriority, TriageAction, TriageSource
from tickets.models import Attachment, DeskRule, Tag, Topic
from tickets.triage.case import case_of
from tickets.triage.defaults import install
from tickets.triage.facts import FIELDS, facts_of
from tickets.triage.rules import ruling_on

pytestmark = pytest.mark.django_db(transaction=True)

MAILS = {
    "threats": [
        "If the router is not here tomorrow I will find you and burn down your office.",
        "You'll regret this. I know where you live.",
        "Я знаю, где вы живёте. Вы пожалеете об этом.",
        "Взорву ваш офис к чёртовой матери",
    ],
    "legal": [
        "My lawyers will contact you about the invoice.",
        "I am going to sue you for this.",
        "We shall start legal proceedings on Friday.",
        "Направляю досудебную претензию, далее обращусь в суд.",
        "Пишу жалобу в Роспотребнадзор и прокуратуру.",
        "Мой адвокат свяжется с вами",
    ],
    "payment-disputes": [
        "I was charged twice for one order!",
        "There is an unauthorised charge on my card, I want my money back.",
        "I have opened a chargeback with my bank.",
        "С меня дважды списали деньги за один заказ",
        "Верните мне мои деньги!",
        "Это мошенничество, я оспариваю списание",
    ],
    "personal-data": [
        "Under the GDPR I ask you to erase all of my personal data.",
        "Please delete my data and confirm it.",
        "I withdraw my consent to the processing.",
        "Прошу удалить мои персональные данные из ваших систем.",
        "Отзываю согласие на обработку, 152-ФЗ.",
        "Какие личные данные обо мне вы храните?",
    ],
}
HARMLESS = [
    "How do I reset the router? The light is red.",
    "What are your opening hours on Sunday?",
    "Как сделать сброс роутера? Индикатор горит красным.",
    "Когда придёт мой заказ? Номер 4711.",
    "Где скачать инструкцию к роутеру?",
    "How much does the extended warranty cost per year?",
]


@pytest.fixture
def shipped(db):
    install(DeskRule, Topic)


def test_the_shipped_rules_know_their_mails_and_leave_the_others(write, shipped, library):
    for key, texts in MAILS.items():
        for text in texts:
            ruling = ruling_on(case_of(write(text, subject="")))
            assert key in {rule.key for rule in ruling.matched}, text
            assert ruling.action == RuleAction.ESCALATE
    for text in HARMLESS:
        assert not ruling_on(case_of(write(text, subject=""))).matched, text
    for rule in DeskRule.objects.all():
        rule.full_clean()


def test_a_shipped_rule_sorts_escalates_and_explains(decided, shipped, library):
    row = decided("How do I reset the router? Otherwise my lawyer will write to you.")
    assert (row.source, row.action, row.action_reason) == (TriageSource.RULE, TriageAction.ESCALATED, "rule")
    assert "15 seconds" in row.draft.text
    row.ticket.refresh_from_db()
    assert (row.ticket.priority, row.ticket.topic.key) == (TicketPriority.HIGH, "legal")
    (explained,) = row.rules
    tried = [one for one in explained["explain"] if one["result"]]
    assert tried[0]["path"] == "rules[0]" and tried[0]["field"] == "phrases" and "lawyer" in tried[0]["left"]
    assert "Lawyers" in row.reason


def test_attachments_count(write, shipped, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "claim.txt").write_text("Досудебная претензия по договору 12")
    row = write("Смотрите вложение", subject="")
    Attachment.objects.create(
        message=row.message, name="claim.txt", content_type="text/plain", size=60, path="claim.txt"
    )
    assert {rule.key for rule in ruling_on(case_of(row)).matched} == {"legal"}


def test_rules_of_staff_draft_tag_and_belong_to_a_mailbox(decided, library, mailbox):
    rule = DeskRule.objects.create(
        name="Firm A",
        mailbox=mailbox,
        action=RuleAction.DRAFT,
        condition={"condition": "AND", "rules": [{"field": "domain", "operator": "equal", "value": "example.org"}]},
    )
    rule.tags.add(Tag.objects.create(name="firm-a"))
    row = decided("How do I reset the router?")
    assert (row.action, row.action_reason) == (TriageAction.DRAFTED, "rule_draft")
    assert [tag.name for tag in row.ticket.tags.all()] == ["firm-a"]


def test_a_rule_that_cannot_be_asked_stops_nothing_and_is_named(decided, library):
    DeskRule.objects.create(name="Broken", condition={"rules": [{"field": "nobody"}]})
    row = decided("How do I reset the router?")
    assert row.action == TriageAction.SENT
    assert row.problems == ["rule: Broken"]


@pytest.mark.parametrize(
    ("condition", "path"),
    [
        ({"rules": [{"field": "subjekt", "operator": "equal", "value": "a"}]}, "rules[0].field"),
        ({"rules": [{"field": "subject", "operator": "like", "value": "a"}]}, "rules[0].operator"),
        (
            {"condition": "OR", "rules": [{"field": "phrases", "operator": "contains", "value": "and the"}]},
            "rules[0].value",
        ),
        (
            {"rules": [{"rules": [{"field": "text", "operator": "contains", "value": ["a", " "]}]}]},
            "rules[0].rules[0].value",
        ),
    ],
)
def test_a_bad_condition_is_refused_with_its_place(db, condition, path):
    with pytest.raises(ValidationError) as caught:
        DeskRule(name="x", condition=condition).full_clean()
    assert caught.value.message_dict["condition"][0].startswith(path)


def test_all_documented_fields_are_given(write, library):
    row = write(ROUTER, subject="Router", to=["Support@Example.com"])
    facts = facts_of(case_of(row))
    assert set(facts) == set(FIELDS)
    assert facts["domain"] == "example.org" and facts["to"] == ["support@example.com"]
