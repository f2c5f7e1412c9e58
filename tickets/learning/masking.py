"""Personal data taken out of a text, in English and Russian: better one word too many than one too few."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from config.logging import mask as without_secrets
from integrations.text.russian import is_personal

EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
LINK = re.compile(r"\bhttps?://[^\s<>()\"']+", re.IGNORECASE)
IP = re.compile(
    r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])|(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}(?::|[0-9a-f]{1,4})(?![\w:])",
    re.IGNORECASE,
)
HANDLE = re.compile(r"(?<![\w@/])@[A-Za-z]\w{3,31}\b")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?\b")
LONG_NUMBER = re.compile(r"(?<![\w.,-])\+?\(?\d(?:[ ()\u00a0-]{0,2}\d){6,}(?![\w-])")
# "order 1187", "заказа № AB-1187", "договор 12/3", "паспорт 4509 123456"
NUMBERED = re.compile(
    r"(?P<what>\b(?:order|invoice|ticket|contract|account|customer|client|case|tracking|parcel|booking|passport|reference)"
    r"(?:\s+(?:number|no\.?|id|code))?"
    r"|\b(?:заказ|сч[её]т|договор|обращени|заявк|тикет|паспорт|посылк|накладн|клиент|бронировани|полис|квитанци|чек|трек)\w*"
    r"(?:\s+(?:номер\w*|код\w*))?|\b(?:инн|снилс|огрн|кпп|бик)|№|\bno\.)"
    r"(?P<mark>\s*[:#№-]?\s*(?:№|#)?\s*)(?P<value>(?=[\w/-]*\d)[\w/-]{2,})",
    re.IGNORECASE,
)
HASHED = re.compile(r"(?<!\w)#(?=[\w-]*\d)[\w-]{2,}")
STREET = re.compile(
    r"\b(?:ул\.|улиц[аеыу]|проспект\w*|пр-т|пр\.|переул\w+|пер\.|шоссе|бульвар\w*|наб\.|набережн\w+|площад[ьи])\s+"
    r"[А-ЯЁ][\w-]*(?:\s+[А-ЯЁ][\w-]*)?(?:,?\s*(?:д\.|дом)?\s*\d+\w*)?(?:,?\s*(?:корп\.|корпус|стр\.)\s*\d+)?"
    r"(?:,?\s*(?:кв\.|квартира)\s*\d+)?"
    r"|\b\d{1,5}\s+(?:[A-Z][\w'-]+\s+){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Square|Court|Way)\b\.?"
)
WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
CAPITALISED = re.compile(r"[A-ZА-ЯЁ]")
# After these words comes a name, whether or not a dictionary has it.
SAID_BEFORE = re.compile(
    r"(?P<what>\b(?i:my name is|i am|i'm|this is|dear|hi|hello|mr\.?|mrs\.?|ms\.?|dr\.?|regards,?|sincerely,?|thanks,"
    r"|меня зовут|зовут|уважаем(?:ый|ая)|г-н|г-жа|господин|госпожа|с уважением,?)\s+)"
    r"(?P<name>(?!(?i:mr|mrs|ms|dr)\b)[A-ZА-ЯЁ][\w'’-]+(?:[ \t]+[A-ZА-ЯЁ][\w'’.-]+){0,2})"
)
COMMON_AFTER = frozenset("there team all support everyone sir madam colleagues коллеги команда all".split())
SHORTEST_NAME = 3
WHAT = ("mail", "link", "ip", "home", "number", "name")
PLACES = {
    "en": dict(zip(WHAT, ("[e-mail]", "[link]", "[address]", "[address]", "[number]", "[name]"), strict=True)),
    "ru": dict(zip(WHAT, ("[почта]", "[ссылка]", "[адрес]", "[адрес]", "[номер]", "[имя]"), strict=True)),
}


@dataclass(frozen=True, slots=True)
class Masked:
    text: str
    places: int


class Masker:
    """Takes out what is personal. `names` and `addresses` are the customer's; `hosts` are whose links may stay."""

    def __init__(self, *, language: str, names: Iterable[str] = (), hosts: Iterable[str] = ()) -> None:
        self._marks = PLACES["ru" if language == "ru" else "en"]
        words = {word.lower() for name in names for word in WORD.findall(name) if len(word) >= SHORTEST_NAME}
        self._known = words
        self._hosts = tuple(host.lower() for host in hosts if host)
        self._places = 0

    def mask(self, text: str) -> Masked:
        """The text with marks in place of personal data, and how many places that were."""
        self._places = 0
        text = self._replace(EMAIL, "mail", without_secrets(text))
        text = LINK.sub(self._link, text)
        for form, what in ((IP, "ip"), (IBAN, "number"), (STREET, "home")):
            text = self._replace(form, what, text)
        text = NUMBERED.sub(lambda found: found["what"] + found["mark"] + self._mark("number"), text)
        for form, what in ((HASHED, "number"), (LONG_NUMBER, "number"), (HANDLE, "name")):
            text = self._replace(form, what, text)
        text = SAID_BEFORE.sub(self._said, text)
        text = WORD.sub(self._word, text)
        return Masked(self._joined(text), self._places)

    def _mark(self, what: str) -> str:
        self._places += 1
        return self._marks[what]

    def _replace(self, form: re.Pattern[str], what: str, text: str) -> str:
        return form.sub(lambda found: self._mark(what), text)

    def _link(self, found: re.Match[str]) -> str:
        """Links of the house stay, without what may name a person in them."""
        host = found[0].split("/")[2].lower()
        if any(host == own or host.endswith(f".{own}") for own in self._hosts):
            page = re.split(r"[?#]", found[0])[0]
            self._places += page != found[0]
            return page
        return self._mark("link")

    def _said(self, found: re.Match[str]) -> str:
        name = found["name"]
        if name.split()[0].lower() in COMMON_AFTER:
            return found[0]
        return found["what"] + self._mark("name")

    def _word(self, found: re.Match[str]) -> str:
        word = found[0]
        return self._mark("name") if self._is_name(word, found) else word

    def _is_name(self, word: str, found: re.Match[str]) -> bool:
        if word.lower() in self._known:
            return True
        # "ИНН" and "ООО" are no names; who shouts his is taken out by the words before it.
        if (
            not CAPITALISED.match(word)
            or (word.isupper() and len(word) <= SHORTEST_NAME)
            or found.string[: found.start()].endswith("[")
        ):
            return False
        return any(is_personal(part.lower()) or _is_form_of(part, self._known) for part in word.split("-"))

    def _joined(self, text: str) -> str:
        """One mark for a first and a last name that stand together."""
        name = re.escape(self._marks["name"])
        return re.sub(rf"{name}(?:\s+{name})+", self._marks["name"], text)


def _is_form_of(word: str, known: Iterable[str]) -> bool:
    """ "Петровой" of "Петрова": the same beginning, another ending."""
    stem = word.lower()
    return any(len(name) > 4 and stem[: len(name) - 1] == name[:-1] and len(stem) <= len(name) + 3 for name in known)
