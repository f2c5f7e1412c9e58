"""Recognising a mail that says thanks and nothing else, in English and Russian: every clause has to be known.

What is not known counts as more than thanks: a ticket that is opened for nothing costs a look, one that stays closed
costs a customer.
"""

import re

from integrations.text.russian import is_first_name
from integrations.text.tokens import normalise

LONGEST = 600
CLAUSE_END = re.compile(r"[.,;:!…\n()–—]+|\s-+\s|\band\b(?=\s+(?:thank|have|it|everything|all))")
EMOJI = re.compile(r"[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f]|[:;]-?[)D]|\)+")
ADVERBS = r"(?:so|very|really|again|once again|also|too|guys|team|all|everyone|вам|тебе|вас|тебя|все[мх]|еще раз|уже)"
HELP = (
    r"(?:your (?:quick |prompt |kind |fast )?(?:help|support|reply|response|answer|assistance|time|patience)"
    r"|(?:the|a) (?:quick |prompt |fast |great )?(?:help|support|reply|response|answer|explanation|info|information)"
    r"|helping(?: me)?(?: out)?|everything|that|this|it)"
)
ABOUT = (
    r"за (?:(?:ваш[уи]?|быстр\w+|оперативн\w+|подробн\w+|скор\w+|отличн\w+|такой|столь|все|эту|этот|такую) ?)*"
    r"(?:помощь|ответ\w*|поддержк\w+|работу|оперативность|информаци\w+|разъяснени\w+|объяснени\w+|содействие"
    r"|внимание|понимание|терпение|консультаци\w+|решение(?: вопроса| проблемы)?|все)?"
)
PRAISE = r"(?:ok|okay|great|perfect|super|cool|nice|wonderful|excellent|awesome|brilliant)"
GOOD = r"(?:works?|helped|helps|worked|solved|fixed|fine|perfect|great|clear|good|resolved|working)"
DONE = r"(?:(?:за)?работает|получилось|решилось|решено|в порядке|хорошо|отлично|понятно|ясно|ок|нормально|исправлено)"
THANKS = (
    rf"(?:{PRAISE} )?(?:many |big |huge )?(?:thanks?|thx|ty|cheers)(?: you)?"
    rf"(?: (?:a lot|(?:very |so )?much|a million|{ADVERBS}))*(?: for {HELP})?(?: (?:guys|team|again))?",
    rf"(?:i (?:really )?appreciate|much appreciated|appreciated)(?: (?:it|that|this|{HELP}))?",
    rf"(?:ок |окей |хорошо |отлично |понял[аи]? |все |и )?(?:(?:большое|огромное|вам|тебе) )*(?:спасибо|спс|пасиб[ао]?)"
    rf"(?: (?:большое|огромное|преогромное|{ADVERBS}))*(?: {ABOUT})?(?: (?:большое|огромное))?",
    rf"(?:искренне |очень |от души )?(?:благодарю|благодарим|благодарен|благодарна|признателен|признательна)"
    rf"(?: {ADVERBS})*(?: {ABOUT})?",
)
POLITE = (
    r"(?:hi|hello|hey|dear)(?: (?:there|all|team|support|support team|sir|madam))?",
    r"good (?:morning|day|afternoon|evening)|you(?:'re| are) the best|best wishes|problem solved",
    r"(?:добрый|доброе|доброго) (?:день|дня|вечер|утро|времени суток)|здравствуй(?:те)?|приветствую|привет",
    rf"{PRAISE}|got it|understood|noted|all good|yes|yep",
    r"ок|окей|хорошо|отлично|супер|класс|понял|поняла|поняли|понятно|ясно|принято|замечательно|прекрасно|да|ура",
    rf"(?:that|this|it|everything|all)(?: is|'s)?(?: all)?(?: {GOOD})+"
    r"(?: (?:it|now|fine|perfectly|again|(?:my|the) (?:problem|issue)|me|very much|a lot))*",
    r"(?:have|wish you) a (?:nice|great|good|lovely) (?:day|evening|weekend|week)",
    rf"(?:все|теперь|теперь все|сейчас все|уже все)(?: {DONE})+",
    r"(?:это )?(?:очень )?помогло|вопрос (?:решен|решился|закрыт|снят)",
    r"проблема (?:решена|решилась|исчезла|устранена)",
    r"(?:вы|ты) (?:мне )?(?:очень )?(?:помогли|помог|выручили|лучшие)(?: мне)?",
    r"(?:хорошего|приятного|отличного|удачного|доброго) (?:дня|вечера|выходных)",
    r"всего (?:доброго|хорошего|наилучшего)|удачи|до свидания",
)
CLOSING = re.compile(
    r"(?:best|kind|warm|kindest|warmest|many)? ?regards|best|sincerely(?: yours)?|yours(?: sincerely| truly)?|cheers"
    r"|с (?:уважением|наилучшими пожеланиями|благодарностью|любовью|приветом)|искренне ваш\w?|всего доброго"
)
MOBILE = re.compile(r"(?:sent from my|отправлено (?:с|из)) .{1,60}")
_THANKS = re.compile("|".join(f"(?:{form})" for form in THANKS))
_POLITE = re.compile("|".join(f"(?:{form})" for form in POLITE))
MOST_NAMES = 3


def is_thanks(text: str) -> bool:
    """Whether the new text of a mail thanks, and does not say, ask or contradict anything else."""
    text = text.strip()
    if not text or len(text) > LONGEST or "?" in text:
        return False
    clauses = _clauses(_without_ending(text))
    said = [clause for clause in clauses if not _is_name(clause)]
    thanked = any(_THANKS.fullmatch(clause) for clause in said)
    return thanked and all(_THANKS.fullmatch(clause) or _POLITE.fullmatch(clause) for clause in said)


def _without_ending(text: str) -> str:
    """Without "Regards, Anna" and what telephones write below."""
    lines = [line for line in text.splitlines() if not MOBILE.fullmatch(normalise(line).strip())]
    for place, line in enumerate(lines):
        words = re.sub(r"[^\w ]+", " ", normalise(line)).strip()
        rest = [word for later in lines[place + 1 :] for word in later.split()]
        if CLOSING.fullmatch(words) and len(rest) <= MOST_NAMES and all(word[:1].isupper() for word in rest):
            return "\n".join([*lines[:place], words if _THANKS.fullmatch(words) else ""])
    return "\n".join(lines)


def _clauses(text: str) -> list[str]:
    plain = EMOJI.sub("\n", normalise(text))
    clauses = (re.sub(r"[^\w' -]+", " ", clause) for clause in CLAUSE_END.split(plain))
    return [" ".join(clause.split()) for clause in clauses if clause.strip(" -'")]


def _is_name(clause: str) -> bool:
    """ "Спасибо, Анна" and a first name below."""
    return len(clause.split()) <= 2 and all(is_first_name(word) for word in clause.split())
