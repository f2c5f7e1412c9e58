"""Whether a customer asks for a person, in English and Russian.

Asked of his own words alone: what he quotes of others counts only when he says that it was him.
"""

import re

from integrations.text.tokens import normalise

QUOTED_LINE = re.compile(r"^[ \t]*[>|].*$", re.MULTILINE)
QUOTATION = re.compile(r"«[^«»]{1,500}»|“[^“”]{1,500}”|\"[^\"\n]{1,500}\"")
OWN_WORDS = re.compile(
    r"\b(?:i|we)(?: have|'ve)?(?: already)? (?:said|say|asked|ask|wrote|write|told you|repeat)\b[^.!?\n]*$"
    r"|\b(?:я|мы)(?: уже| же)? (?:сказал|говор|просил|прошу|писал|пишу|повтор)\w*[^.!?\n]*$",
    re.IGNORECASE,
)

_PERSON_EN = (
    r"(?:(?:a|an|the|any|some|your|actual|real|live|living|human|customer|support|service|senior|proper|normal|"
    r"breathing)[ -])*"
    r"(?:person|human(?: being)?|people|humans|operator|agent|representative|rep|manager|supervisor|someone|somebody|"
    r"staff(?: member)?|specialist|employee|team member|member of (?:your |the )?(?:staff|team)|consultant|colleague|"
    r"anyone|anybody)\b"
)
_SURELY_HUMAN_EN = (
    r"(?:a |an |the |any |some |your )*(?:(?:real|live|living|actual|human|breathing)[ -](?:live |human )?"
    r"(?:person|human(?: being)?|people|operator|agent|representative|rep|support(?: agent)?|help|being|assistance|"
    r"employee|manager|answer|reply|response)"
    r"|human(?: being)?|operator|supervisor|representative|(?:your |the |a )manager)\b"
)
_PERSON_RU = (
    r"(?:(?:жив|реальн|настоящ|нормальн|обычн|ваш|вменяем|главн|старш|дежурн|какого|любо|кого)[\w-]*\s+){0,3}"
    r"(?:человек\w*|оператор\w*|менеджер\w*|сотрудник\w*|специалист\w*|консультант\w*|руководител\w*|начальник\w*|"
    r"начальств\w*|людьми|людям|людей|кем-нибудь|кем-то|кому-нибудь|представител\w*|администратор\w*|старш(?:его|им|ему)|"
    r"техподдержк\w*|поддержк\w*|жив(?:ого|ым|ому)(?= |$))"
)
_CONNECT_RU = (
    r"(?:соедини\w*|соединить|переключи\w*|переключить|перевед(?:и|ите)|перевести|свяжи(?:те)?|связать(?:ся)?|позови\w*|"
    r"позвать|пригласи\w*|подключи(?:те)? ко мне|подключи(?:те)?|передай(?:те)?|передать|поговорить|говорить|"
    r"пообщаться|"
    r"общаться|разговаривать|побеседовать|достучаться|дозвониться|дозваться|обсудить|эскалир\w+)"
)
_NEED_RU = (
    r"(?:нужен|нужна|нужны|нужно|надо|необходим\w*|требуется|дайте|дай|хочу|хотел\w*|хотелось|прошу|требую|желаю|жду|"
    r"пусть|можно|можете|есть ли|верните|вызовите)"
)
_GAP = r"[^.!?;\n]{0,40}?"

_PATTERNS = (
    # Speaking with somebody
    rf"(?:speak|talk|chat|connect|connected|transfer|transferred|put|patch|hand|handed|pass|escalate|escalated|forward|"
    rf"forwarded|switch|refer|get through|redirect|conversation|call|contact|reach|get in touch){_GAP}"
    rf"\b(?:to|with|by|through to|over to)\s+{_PERSON_EN}",
    rf"\b(?:need|want|would like|'d like|demand|prefer|require|get me|give me|send me|request|insist on|bring|is there|"
    rf"are there|can i (?:have|get)|may i have|let me have|looking for|waiting for)\b (?:to \w+ )?{_SURELY_HUMAN_EN}",
    rf"\b(?:have|let|ask|make|can|could|may|want|need|would like|please)\b{_GAP}\b{_PERSON_EN}(?: please)?(?: to)? "
    r"(?:look (?:at|into)|call|contact|get back|reply|respond|answer|help me|handle|review|read|take over|deal|"
    r"phone)\b",
    r"\b(?:human|operator|agent|representative|live agent|real person|live person|manager|"
    r"supervisor),? (?:please|now)\b",
    r"(?:^|[.!?\n]\s*)(?:an? |the )?(?:human|operator|agent|representative|live agent|real person|"
    r"manager)\s*(?:[.!?\n]|$)",
    rf"\b(?:not|no|don't|stop|instead of|rather than|enough|tired of|sick of|without){_GAP}"
    r"\b(?:ai|bots?|robots?|chatbots?|machines?|automated (?:answers?|repl(?:y|ies)|responses?|messages?)|"
    r"auto-?repl(?:y|ies)|artificial intelligence)\b",
    r"\b(?:call me(?: back)?|phone me|ring me|give me a (?:call|ring)|callback|call back)\b(?! (?:when|if|url|"
    r"function))",
    # С кем-нибудь говорить
    rf"(?<!\bне )\b{_CONNECT_RU}\b{_GAP}\b{_PERSON_RU}",
    rf"(?<!\bне )\b{_NEED_RU}(?: (?:мне|нам|бы|чтобы|пожалуйста|срочно|уже|наконец|просто|именно|только|помощь|"
    rf"ответ\w*|звонок|"
    rf"мой|от|с|к|на|со|услышать|получить|ваш\w*)){{0,4}} {_PERSON_RU}",
    rf"\b{_PERSON_RU}(?: мне| нам)?,? (?:пожалуйста|позови\w*|дайте|срочно|соедини\w*|подключи\w*|пригласи\w*)",
    rf"\bс {_PERSON_RU}{_GAP}\b(?:поговорить|пообщаться|говорить|общаться|связаться|соедини\w*)\b",
    rf"(?:^|[.!?\n]\s*){_PERSON_RU}\s*(?:[.!?\n]|$)",
    rf"\b(?:не|без|хватит|надоел\w*|устал\w*|вместо|прекратите|перестаньте|никаких){_GAP}"
    r"\b(?:бот(?:а|у|ом|ы|ов|ами|е)?|робот\w*|нейросет\w*|автоответ\w*|автоматическ\w+ ответ\w*|ии|чат-?бот\w*|"
    r"искусственн\w+ интеллект\w*)\b",
    rf"\b(?:пусть|чтобы|может|пускай)\b{_GAP}\b{_PERSON_RU} {_GAP}"
    r"(?:ответ|посмотр|разбер|свяж|позвон|перезвон|займ|помо|прочита|рассмотр|напи)\w*",
    r"\b(?:перезвоните|позвоните (?:мне|нам)|наберите (?:мне|меня)|свяжитесь со мной|обратный звонок|жду звонка)\b",
)
_COMPILED = tuple(re.compile(pattern) for pattern in _PATTERNS)


def asks_for_person(text: str) -> bool:
    """Whether somewhere in a mail's new text its author asks for a person, or for an end of automatic answers."""
    own = normalise(_own_words(text))
    lines = re.sub(r"[ \t\u00a0]+", " ", own)
    joined = re.sub(r"(?<![.!?])\n(?!\n)", " ", lines)
    return any(pattern.search(shape) for pattern in _COMPILED for shape in (lines, joined))


def _own_words(text: str) -> str:
    unquoted = QUOTED_LINE.sub("", text)

    def kept(match: re.Match[str]) -> str:
        before = unquoted[max(0, match.start() - 80) : match.start()]
        return match[0] if OWN_WORDS.search(before) else " … "

    return QUOTATION.sub(kept, unquoted)
