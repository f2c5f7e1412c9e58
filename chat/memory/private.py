"""Recognising what must never be remembered: keys, passwords, numbers of cards."""

import re

from config.logging import mask

CARD = re.compile(r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)")
NAMED = re.compile(
    r"(?:\b(?:password|passphrase|passcode|pin(?:[ -]?code)?|cvv2?|cvc2?|secret|api[ _-]?key|access[ _-]?key|token"
    r"|seed phrase)\b"
    r"|\b(?:парол[ьяюе]\w*|пин[ -]?код\w*|кодов(?:ое|ым|ого) слов\w+|секретн\w+ (?:ключ|слов|код)\w*|токен\w*"
    r"|ключ\w* (?:api|доступа)|сид[ -]?фраз\w*))"
    r"[^.!?\n]{0,40}?(?:\bis\b|\bwas\b|[:=—–-]|это|такой|таков)\s*[\"'«“]?(?P<value>\S+)",
    re.IGNORECASE,
)
# "пароль qwerty123", "pin 4821": the value follows at once.
ADJACENT = re.compile(
    r"(?:\b(?:password|passcode|pin(?:[ -]?code)?|cvv2?|cvc2?)\b|\bпарол[ьяюе]\w*|\bпин[ -]?код\w*)\s+[\"'«“]?"
    r"(?P<value>(?=\S*\d)[\w!@#$%^&*.-]{3,})",
    re.IGNORECASE,
)
KEY_SHAPES = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{12,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bglpat-[\w-]{16,}"
    r"|\bxox[abprs]-[\w-]{10,}|\bAIza[\w-]{30,}|\bhf_[A-Za-z0-9]{20,}"
)
LONG_WORD = re.compile(r"[A-Za-z0-9+/_=-]{24,}")


def holds_secret(text: str) -> bool:
    """Whether a text holds something that opens doors or pays bills."""
    if mask(text) != text or KEY_SHAPES.search(text):
        return True
    if NAMED.search(text) or ADJACENT.search(text):
        return True
    return any(_is_card(found[0]) for found in CARD.finditer(text)) or any(
        _looks_random(found[0]) for found in LONG_WORD.finditer(text)
    )


def _is_card(text: str) -> bool:
    """By Luhn's check digit, which one number in ten has by chance."""
    digits = [int(letter) for letter in text if letter.isdigit()]
    doubled = [digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(reversed(digits))]
    return len(digits) >= 13 and len(set(digits)) > 1 and sum(doubled) % 10 == 0


def _looks_random(word: str) -> bool:
    """Letters of both cases among digits, in no order that words have."""
    digits = sum(letter.isdigit() for letter in word)
    mixed = any(letter.isupper() for letter in word) and any(letter.islower() for letter in word)
    hexadecimal = len(word) >= 32 and all(letter in "0123456789abcdefABCDEF" for letter in word)
    return hexadecimal or (digits >= 3 and mixed)
