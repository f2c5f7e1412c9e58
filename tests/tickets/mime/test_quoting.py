"""What somebody wrote, apart from what is quoted and from the signature."""

import time

import pytest

from tickets.mime.language import language_of
from tickets.mime.quoting import split

INTROS = [
    "On Mon, May 13, 2024 at 10:00 AM John Smith <john@ex.com> wrote:",
    "On Mon, May 13, 2024 at 10:00 AM John Smith <\njohn@ex.com> wrote:",
    "On 13 May 2024, at 10:00, John Smith <john@ex.com> wrote:",
    "On 13/05/2024 10:00, John Smith wrote:",
    "On 2024-05-13 10:00, support@ex.com wrote:",
    "John Smith <john@ex.com> wrote on Mon, 13 May 2024:",
    "*On Monday, 13 May 2024, John <john@ex.com> wrote:*",
    "пн, 13 мая 2024 г. в 10:00, Иван Петров <ivan@ex.ru>:",
    "13 мая 2024 г., в 10:00, Иван Петров <ivan@ex.ru> написал(а):",
    "13 мая 2024 г. 10:00 пользователь Иван Петров <ivan@ex.ru> написал:",
    '13.05.2024, 10:00, "Иван Петров" <ivan@ex.ru>:',
    "13.05.2024 10:00, Иван Петров пишет:",
    "13.05.24 10:00, Иван Петров via Support пишет:",
    "Понедельник, 13 мая 2024, 10:00 +03:00 от Иван Петров <ivan@ex.ru>:",
    "Вы писали 13 мая 2024 г., 10:00:02:",
    "Иван Петров <ivan@ex.ru> писал(а):",
    "Иван Петров писал 13.05.2024 10:00:",
    "В письме от 13.05.2024 10:00 Иван Петров написал:",
    "В Пн, 13/05/2024 в 10:00 +0300, Иван Петров пишет:",
    "Le lun. 13 mai 2024 à 10:00, Jean <jean@ex.fr> a écrit :",
]
HEADS = [
    "-----Original Message-----\nFrom: John <john@ex.com>\nTo: us\nSubject: x",
    "-----Исходное сообщение-----\nОт: Иван\nКому: нам\nТема: x",
    "-------- Исходное сообщение --------\nТема: x\nДата: 13.05.2024 10:00\nОт: Иван",
    "From: John Smith <john@ex.com>\nSent: Monday, May 13, 2024 10:00 AM\nTo: Support\nSubject: RE: x",
    "________________________________\nFrom: John <john@ex.com>\nSent: Monday\nTo: us\nSubject: x",
    "________________________________\nОт: Иван <ivan@ex.ru>\nОтправлено: 13 мая 2024 г. 10:00\nКому: нам\nТема: x",
    "*От:* Иван <ivan@ex.ru>\n*Отправлено:* понедельник, 10:00\n*Кому:* нам\n*Тема:* x",
    "От: Иван Петров [mailto:ivan@ex.ru]\nДата: 13.05.2024 10:00\nКому: нам\nКопия: им\nТема: x",
]
SIGNATURES = [
    "-- \nJohn Smith\nACME",
    "--\nИван Петров\nООО «Ромашка»\n+7 999 123-45-67",
    "Sent from my iPhone",
    "Sent from my Galaxy",
    "Get Outlook for iOS",
    "Отправлено с iPhone",
    "Отправлено из мобильной Почты Mail.ru",
    "Отправлено из Яндекс Почты для мобильных",
    "Best regards,\nJohn Smith\nCEO, ACME",
    "Kind regards\nJohn",
    "С уважением,\nИван Петров\n+7 999 123-45-67",
    "С уважением, Иван Петров.",
    "С наилучшими пожеланиями,\nАнна",
    "--\nС уважением,\nАнна Петрова\nmailto:anna@ex.ru",
]
QUOTED = ["> Здравствуйте!\n>\n> Ваш заказ готов.", "Здравствуйте!\n\nВаш заказ готов."]
NEW = "Спасибо, но заказ №123 не пришёл.\n\nWhere is it?"


def filled(text: str) -> list[str]:
    return sorted(line.strip() for line in text.split("\n") if line.strip())


def check_whole(text: str) -> None:
    found = split(text)
    assert filled("\n".join((found.new, found.quoted, found.signature))) == filled(text)


@pytest.mark.parametrize("quoted", QUOTED, ids=["marked", "bare"])
@pytest.mark.parametrize("intro", INTROS + HEADS)
def test_what_is_quoted_below_an_answer_is_no_part_of_it(intro, quoted):
    text = f"{NEW}\n\n{intro}\n\n{quoted}\n"
    found = split(text)
    assert found.new == NEW
    assert filled(found.quoted) == filled(f"{intro}\n{quoted}")
    check_whole(text)


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.parametrize("tail", ["", f"\n\n{INTROS[7]}\n> x"], ids=["alone", "above a quotation"])
def test_signatures_are_set_apart(signature, tail):
    text = f"{NEW}\n\n{signature}{tail}"
    found = split(text)
    assert found.new == NEW
    assert filled(found.signature) == filled(signature)
    check_whole(text)


def test_answers_between_quoted_lines_are_kept():
    text = f"{INTROS[0]}\n> How old?\nTen years.\n> Which colour?\n>\n> And size?\n\nRed.\nLarge.\n\n-- \nAnn"
    found = split(text)
    assert found.new == "Ten years.\n\nRed.\nLarge."
    assert found.signature.endswith("Ann")
    check_whole(text)


FORWARDS = [
    "---------- Forwarded message ---------\nFrom: a@b.cd\nSubject: x\n\nWhy does it not work?",
    "Begin forwarded message:\n\nFrom: a@b.cd\nSubject: x\n\nWhy?",
    "-------- Пересылаемое сообщение --------\n13.05.2024, 10:00, Иван <i@x.ru>:\n\nПочему?",
    "Начало переадресованного сообщения:\n\nОт: Иван <i@x.ru>\nТема: x\n\nПочему?",
]


@pytest.mark.parametrize("forward", FORWARDS)
@pytest.mark.parametrize("words", ["", "FYI\n\n", "Прошу помочь, см. ниже.\n\n"])
def test_a_mail_passed_on_with_hardly_a_word_is_what_it_is_about(forward, words):
    assert split(words + forward).new == (words + forward).strip()


def test_a_mail_passed_on_with_an_explanation_is_the_explanation():
    words = "Our customer writes the mail below; we have tried to reinstall the program twice, and it still fails."
    assert split(f"{words}\n\n{FORWARDS[0]}").new == words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ok",
        "From: the beginning it never worked.\nTo: be honest, I am tired.",
        "Заявка\nОт: Иван\nТема: возврат\nСумма: 100",
        "Вопрос: как?\nМы писали 3 раза:\nничего не помогло",
        "He wrote:\nnothing",
        "Steps:\n1. On Monday I wrote: hello\n2. then it broke",
        "Sent from the shop on Monday, it never arrived.",
        "Best of all would be a refund.\nWhen can you do it?",
        "С уважением отношусь к вашей компании, но где мой заказ?",
        "Thanks and regards,\nBob\nPS: the order is 123",
        "a <- b\n-- c\nd",
        "Price > 100\nsize < 5",
        "On 5 May at 10:00 the server said the following:\nout of memory",
    ],
)
def test_what_only_looks_like_it_stays(text):
    assert split(text).new == text


def test_a_mail_that_only_quotes_says_nothing_new():
    assert split(f"{INTROS[7]}\n> a\n> b").new == ""


@pytest.mark.parametrize(
    "text",
    ["_" * 300_000, ("On 10:00 " + "a" * 380 + ":\n") * 1_000, "> " * 100_000, "От: a@b\n" * 20_000, "1\n" * 100_000],
    ids=["rule", "intros", "marks", "heads", "lines"],
)
def test_long_texts_cost_little(text):
    began = time.process_time()
    check_whole(text)
    assert time.process_time() - began < 4


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Не работает", "ru"),
        ("It does not work", "en"),
        ("В Switchboard 2.0 не открывается Settings", "ru"),
        ("See https://пример.рф/страница please help me", "en"),
        ("12345 !!!", ""),
        ("", ""),
        ("ок", "ru"),
        ("ok", "en"),
    ],
)
def test_the_language_is_told_by_the_letters(text, language):
    assert language_of(text) == language
