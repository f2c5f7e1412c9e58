import os
import subprocess
import sys

import pytest

from integrations.text import terms, tokens

SAME_RUSSIAN = [
    # case and number
    ("лотереи с небольшими призами", "лотерея, небольшой приз"),
    ("модели", "модель"),
    ("моделью", "моделей"),
    ("ключом", "ключи"),
    ("пользователям", "пользователь"),
    ("беседах", "беседу"),
    ("паролю", "пароли"),
    ("серверов", "сервера"),
    ("письма", "писем"),
    ("времени", "время"),
    ("имён", "имя"),
    ("матерью", "мать"),
    ("данными", "данные"),
    # fleeting vowels
    ("дня", "день"),
    ("дней", "днями"),
    ("куска", "кусок"),
    ("окон", "окно"),
    ("сна", "сон"),
    ("кнопок", "кнопка"),
    # suppletion
    ("люди", "человек"),
    ("лет", "год"),
    ("дети", "ребёнок"),
    ("лучше", "хорошие"),
    ("хуже", "плохой"),
    ("меньше", "маленький"),
    ("шёл", "идти"),
    # verbs: person, tense, participles, aspect
    ("запускает", "запустить"),
    ("запущенный", "запускали"),
    ("останавливается", "остановлен"),
    ("отправлять", "отправил"),
    ("подключаю", "подключи"),
    ("настраивать", "настроили"),
    ("спрашивайте", "спросить"),
    ("отвечает", "ответил"),
    ("удаляются", "удалить"),
    ("создаём", "создать"),
    ("открывается", "открыть"),
    ("выбирать", "выбрал"),
    ("начинаем", "начать"),
    ("показывает", "покажи"),
    ("вхожу", "войти"),
    ("ищу", "найти"),
    # verb and noun of one family
    ("подключение", "подключить"),
    ("настройка", "настраивать"),
    ("обновлению", "обновить"),
    ("проверка", "проверять"),
    ("вход", "войти"),
    ("регистрация", "зарегистрироваться"),
    ("копирование", "копия"),
    # adjectives, gender, ё
    ("языковую", "языковой"),
    ("резервная", "резервных"),
    ("бесплатно", "бесплатный"),
    ("учётная", "учетной"),
    # both alphabets, hyphens
    ("оллама", "Ollama"),
    ("веб-сокет", "вебсокеты"),
    ("докером", "docker"),
    ("VPNом", "VPN"),
    ("e-mail'ы", "email"),
    ("вотсапе", "WhatsApp"),
    # borrowed verbs, bare nouns, adjectives of nouns, small and female ones
    ("заблокировать", "блокировка"),
    ("отсканируйте", "сканирование"),
    ("отмена", "отменять"),
    ("обменивается", "обмен"),
    ("налоговый", "налог"),
    ("клиентская", "клиент"),
    ("гарантийного", "гарантия"),
    ("файлики", "файл"),
    ("соседкой", "сосед"),
]

SAME_ENGLISH = [
    ("models", "model"),
    ("running", "runs"),
    ("ran", "run"),
    ("connecting", "connected"),
    ("connection", "connect"),
    ("databases", "database"),
    ("keys", "key"),
    ("children", "child"),
    ("people", "person"),
    ("men", "man"),
    ("mice", "mouse"),
    ("wrote", "written"),
    ("sent", "sending"),
    ("built", "building"),
    ("chose", "chosen"),
    ("kept", "keeps"),
    ("better", "good"),
    ("user's", "user"),
    ("user’s", "users"),
    ("stopped", "stopping"),
    ("Answers", "answer"),
    ("e-mail", "email"),
    ("café", "cafe"),
    ("settings", "setting"),
    ("conversations", "conversation"),
    ("backups", "backup"),
    ("installed", "install"),
    ("postgres", "PostgreSQL"),
    ("GPT-4o", "gpt4o"),
    ("signing in", "login"),
    ("backed up", "backup"),
    ("Wi-Fi", "wifi"),
    ("pre-order", "preordered"),
    ("website", "web site"),
    ("verification", "verify"),
    ("subscriptions", "subscribed"),
    ("organising", "organize"),
    ("colours", "color"),
    ("bigger", "big"),
    ("easiest", "easy"),
]

DIFFERENT = [
    ("строка", "строить"),
    ("точка", "точить"),
    ("ключ", "включить"),
    ("стали", "сталь"),
    ("сервер", "север"),
    ("ответ", "отвести"),
    ("model", "module"),
    ("port", "report"),
    ("user", "use"),
    ("виза", "визит"),
    ("дать", "дата"),
    ("архив", "архитектор"),
    ("задача", "задать"),
    ("courier", "cure"),
    ("look in the log in the folder", "login"),
]


@pytest.mark.parametrize(("one", "other"), SAME_RUSSIAN + SAME_ENGLISH)
def test_forms_of_one_word_meet(one, other):
    assert set(terms(one)) & set(terms(other)), (terms(one), terms(other))
    if " " in one:
        assert terms(one) == terms(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_words_stay_apart(one, other):
    assert not set(terms(one)) & set(terms(other))


@pytest.mark.parametrize(
    "text", ["как это у вас", "и/или", "кто-нибудь", "the a of", "don't you", "", "🤷 — !?", "Как?", "из-за"]
)
def test_words_that_say_nothing_leave_no_terms(text):
    assert terms(text) == []


@pytest.mark.parametrize(
    ("text", "whole", "parts"),
    [
        ("script/server", "script/server", {"script", "server"}),
        ("OPENAI_API_KEY", "openai_api_key", {"openai", "api", "key"}),
        ("see /health.", "/health", {"health"}),
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1", {"127", "8000", "v1"}),
        ("gpt-4o", "gpt4o", {"gpt", "4o"}),
        ("Ctrl+K", "ctrl+k", {"ctrl", "k"}),
        ("файл config/settings", "config/settings", {"config", "файл"}),
        ("3.12", "3.12", {"3", "12"}),
    ],
)
def test_code_is_kept_whole_and_by_parts(text, whole, parts):
    found = list(tokens(text))
    assert [token.term for token in found if token.whole] == [whole]
    assert parts <= {token.term for token in found if not token.whole}


def test_numbers_are_terms():
    assert terms("порт 8000, 24 часа") == [*terms("порт"), "8000", "24", *terms("час")]


def test_terms_have_no_spaces_and_a_bounded_length():
    found = terms("a" * 500 + " " + "ы" * 500 + " x/" + "y" * 500)
    assert found
    assert all(len(term) <= 64 and " " not in term for term in found)


def test_no_dictionary_is_loaded_before_the_first_russian_word():
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    code = (
        "import sys, django; django.setup(); import knowledge.search, knowledge.services; "
        "from integrations.text import terms; terms('plain english words'); "
        "sys.exit('pymorphy3' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
