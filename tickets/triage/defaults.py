"""The rules that a new desk has: what a person has to see first. Staff may change, switch off and delete them."""

from typing import Any

from django.utils.translation import gettext_noop

from tickets.choices import RuleAction, TicketPriority


def _phrases(*values: str) -> dict[str, Any]:
    """Any of these, in any form of their words."""
    return {"field": "phrases", "type": "string", "operator": "contains", "value": list(values)}


def _text(*values: str) -> dict[str, Any]:
    """Any of these, letter by letter."""
    return {"field": "text", "type": "string", "operator": "contains", "value": list(values)}


def _any(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"condition": "OR", "rules": list(rules)}


TOPICS = {
    "threats": gettext_noop("Threats"),
    "legal": gettext_noop("Legal"),
    "payment-disputes": gettext_noop("Payment disputes"),
    "personal-data": gettext_noop("Personal data"),
}
RULES: list[dict[str, Any]] = [
    {
        "key": "threats",
        "name": gettext_noop("Threats"),
        "description": gettext_noop("Threats against people or property, and people who may hurt themselves."),
        "order": 10,
        "priority": TicketPriority.URGENT,
        "condition": _any(
            _text(
                " kill you", " kill your", " hurt you", " shoot you", " shoot up", " beat you", " burn down",
                " burn your",
                " blow up your", " blow you up", " a bomb", " i will find you", " i'll find you", " we will find you",
                " know where you live", " watch your back", " you will regret", " you'll regret", " make you pay",
                " smash your", " break your legs", " kill myself", " end my life", " suicide", " death threat",
                " убью ", " убьем ", " прибью ", " взорву", " взорвем", " сожгу ", " сожжем ", " спалю ", " подожгу",
                " зарежу", " покалечу", " закопаю", " изобью", " расправлюсь", " разнесу ваш", " разгромлю", " бомб",
                " найду вас", " найду тебя", " вас найду", " тебя найду", " вас найдем", " найдем вас",
                " знаю, где вы жив",
                " знаю где вы жив", " знаю, где вы сид", " вы пожалеете", " ты пожалеешь",
                " пожалеете об этом", " переломаю",
                " ноги переломаем", " покончу с собой", " покончить с собой", " убью себя", " наложу на себя руки",
            ),
        ),
    },
    {
        "key": "legal",
        "name": gettext_noop("Lawyers, courts, authorities, press"),
        "description": gettext_noop("Lawsuits, claims, complaints to authorities, police and press."),
        "order": 20,
        "priority": TicketPriority.HIGH,
        "condition": _any(
            _phrases(
                "lawyer", "attorney", "solicitor", "lawsuit", "legal action", "legal claim", "legal proceedings",
                "legal department", "small claims", "cease and desist", "litigation", "trading standards",
                "consumer protection", "consumer rights", "ombudsman", "subpoena", "press charges", "police report",
                "суд", "судебный иск", "исковое заявление", "юрист", "адвокат", "досудебная претензия", "претензия",
                "прокуратура", "роспотребнадзор", "защита прав потребителей", "права потребителей",
                "заявление в полицию", "следственный комитет", "антимонопольная служба", "роскомнадзор",
                "банк россии жалоба",
            ),
            _text(
                " sue you", " suing you", " will sue", " going to sue", " to court", " in court", " the police",
                " in the press", " to the press", " newspaper", " journalist", " в полицию", " в сми", " журналист",
                " в прессу", " фас россии", " подаю иск", " подам иск", " иск в ",
            ),
        ),
    },
    {
        "key": "payment-disputes",
        "name": gettext_noop("Payment disputes"),
        "description": gettext_noop("Chargebacks, wrong or double charges, money wanted back, fraud."),
        "order": 30,
        "priority": TicketPriority.HIGH,
        "condition": _any(
            _phrases(
                "chargeback", "charge back", "dispute charge", "disputed charge", "dispute payment",
                "dispute transaction",
                "payment dispute", "billing dispute", "unauthorised charge", "unauthorized charge",
                "unauthorized payment",
                "unauthorized transaction", "charged twice", "double charge", "charged two times", "charged without",
                "fraudulent", "fraud", "scam", "money back", "refund my money", "overcharged",
                "чарджбэк", "чарджбек", "двойное списание", "списали дважды", "дважды списали",
                "списали деньги", "списали два раза",
                "два раза списали", "незаконное списание", "ошибочное списание", "оспорить платёж", "оспорить списание",
                "оспорить операцию", "оспариваю списание", "верните деньги", "вернуть деньги", "возврат денег",
                "мошенничество", "мошенники", "мошеннический", "списание без согласия", "лишние деньги",
            ),
        ),
    },
    {
        "key": "personal-data",
        "name": gettext_noop("Personal data"),
        "description": gettext_noop("Requests to see, correct or erase personal data, and withdrawn consent."),
        "order": 40,
        "priority": TicketPriority.HIGH,
        "condition": _any(
            _phrases(
                "gdpr", "ccpa", "personal data", "personal information", "data protection", "right to be forgotten",
                "right to erasure", "subject access request", "data subject", "dsar", "delete my data", "erase my data",
                "remove my data", "data you hold", "withdraw consent", "privacy request", "data breach",
                "персональные данные", "личные данные", "право на забвение", "отозвать согласие", "отзываю согласие",
                "отзыв согласия", "удалите мои данные", "удалить данные", "удаление данных", "утечка данных",
            ),
            _text("152-фз", "152 фз", "фз-152", "фз 152"),
        ),
    },
]  # fmt: skip


def install(rules: Any, topics: Any) -> None:
    """Makes the rules with their topics, by the model classes `DeskRule` and `Topic`; those that are there stay."""
    for rule in RULES:
        topic, _created = topics.objects.get_or_create(key=rule["key"], defaults={"name": TOPICS[rule["key"]]})
        values = {name: value for name, value in rule.items() if name not in ("key", "name")}
        rules.objects.get_or_create(
            name=rule["name"], defaults={**values, "key": rule["key"], "topic": topic, "action": RuleAction.ESCALATE}
        )
