"""Recognises a message that asks nothing of the knowledge base: a greeting, thanks, "who are you?"."""

import re
from typing import Literal

from integrations.text.tokens import normalise

SmallTalk = Literal["greeting", "thanks", "identity", "mood", "farewell"]

_ADDRESS = r"(?: (?:there|all|everyone|bot|assistant|всем|бот|друг|switchboard))?"
_PATTERNS: tuple[tuple[SmallTalk, str], ...] = (
    (
        "greeting",
        r"(?:hi|hello|hey|yo|howdy|greetings|good (?:morning|day|afternoon|evening)|привет(?:ик|ствую|ствую вас)?|хай"
        r"|здравствуй(?:те)?|добр(?:ый|ое|ого) (?:день|дня|вечер|утро|времени суток)|салют)" + _ADDRESS,
    ),
    (
        "thanks",
        r"(?:(?:ok|okay|great|ок|хорошо|отлично) )?(?:thanks?(?: you)?(?: (?:a lot|very much|so much))?|thx|cheers"
        r"|(?:большое )?спасибо(?: (?:большое|огромное|тебе|вам|за помощь|за ответ))*|благодарю(?: (?:вас|тебя))?)",
    ),
    ("thanks", r"(?:ok|okay|great|cool|nice|got it|i see|ок|окей|ясно|понятно|понял|поняла|отлично|супер|класс)"),
    (
        "identity",
        r"(?:who|what) are you|what(?: is|'s) your name|what can you do|what do you (?:do|know)"
        r"|help(?: me)?(?: please)?|are you (?:an? )?(?:ai|bot|robot|human|person|real|llm|model|chatgpt|gpt)",
    ),
    (
        "identity",
        r"(?:а )?(?:кто ты|ты кто)(?: такой| такая| такое)?|(?:а )?кто вы(?: такой| такая| такие)?|что ты такое"
        r"|(?:а )?что (?:ты |вы )?(?:умеешь|умеете|можешь|можете|знаешь|знаете)|как (?:тебя|вас) зовут"
        r"|(?:а )?ты (?:бот|робот|человек|нейросеть|живой|ии|модель|gpt|chatgpt)|помощь|помоги(?:те)?(?: мне)?",
    ),
    ("mood", r"how are you(?: doing)?(?: today)?|how(?: is|'s) it going|what's up|как (?:у тебя |твои |ваши )?дела"),
    ("farewell", r"(?:good ?)?bye(?: bye)?|see you(?: later)?|пока|до свидания|всего доброго|до встречи"),
)
_COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in _PATTERNS)
_GREETING = re.compile(rf"(?:{_PATTERNS[0][1]}) (?=.)")


def small_talk(message: str) -> SmallTalk | None:
    """What kind of small talk the whole message is; None when it says anything more."""
    words = re.sub(r"[^\w']+", " ", normalise(message)).strip()
    rest = _GREETING.sub("", words, count=1) if _GREETING.match(words) else words
    for candidate in (words, rest):
        for kind, pattern in _COMPILED:
            if pattern.fullmatch(candidate):
                return kind
    return None
