"""A mail that only thanks leaves a ticket settled; whatever says more opens it."""

import pytest

from tickets.thanks import is_thanks

THANKS = [
    "Спасибо!",
    "Спасибо большое, всё работает :)",
    "Добрый день!\n\nБольшое спасибо за помощь!\n\nС уважением,\nИван Петров",
    "Спасибо, Анна! Хорошего дня!",
    "Благодарю за оперативный ответ.",
    "Ок, спасибо",
    "Отлично, спасибо вам огромное за быструю помощь!!!",
    "Понял, спасибо. Вопрос решён.",
    "Здравствуйте! Всё получилось, благодарю вас 🙏",
    "Спасибо!\nОльга",
    "Спасибо.\n\nОтправлено с iPhone",
    "Thanks!",
    "Thank you very much for your help!",
    "Hi team,\n\nThanks a lot, it works now.\n\nBest regards,\nJohn Smith",
    "Great, thanks",
    "Perfect, thank you so much for the quick reply! Have a great day",
    "Got it, thanks again",
    "Many thanks for your prompt response",
    "That worked, thank you!",
    "thx :)",
    "Thank you. Problem solved!\n\nSent from my iPhone",
    "I really appreciate your help. Thank you!",
]
MORE = [
    "",
    "Нет",
    "Привет",
    "Спасибо, но не помогло",
    "Спасибо, верните деньги",
    "Спасибо! А когда придёт второй заказ?",
    "Спасибо. Ещё вопрос по счёту",
    "Спасибо за вашу ужасную работу",
    "Спасибо, ничего не работает",
    "Спасибо, заказ 5512 тоже не пришёл",
    "Не за что благодарить",
    "Большое спасибо, жду деньги до пятницы",
    "Спасибо\nОтмените заказ",
    "Спасибо, всё сломалось",
    "С уважением, Иван",
    "Спасибо, до сих пор не работает",
    "Thanks, but it still does not work",
    "Thanks. Please cancel my account",
    "Thank you, where is my refund?",
    "Thanks for nothing",
    "Thanks, it stopped working again",
    "Regards, John",
    "Thank you in advance for the refund",
    "No thanks",
    "Thanks\nRefund",
    "Great, another week without internet. Thanks",
    "Thank you " * 100,
]


@pytest.mark.parametrize("text", THANKS)
def test_thanks(text):
    assert is_thanks(text)


@pytest.mark.parametrize("text", MORE)
def test_more_than_thanks(text):
    assert not is_thanks(text)
