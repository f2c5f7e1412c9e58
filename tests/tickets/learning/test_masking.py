"""What is personal does not get into the knowledge base, and what is not stays readable."""

import pytest

from tickets.learning.masking import Masker

RU = Masker(language="ru", names=["Ольга Петрова", "Иван Сидоренко"], hosts=["desk.example"])
EN = Masker(language="en", names=["Anna Kowalczyk"], hosts=["desk.example"])
CASES = [
    (RU, "Пишите на olga@client.example или +7 (916) 123-45-67", "Пишите на [почта] или [номер]"),
    (RU, "Заказ № 1187 и договор 12/3-К", "Заказ № [номер] и договор [номер]"),
    (RU, "карта 4111 1111 1111 1111, ИНН 7707083893", "карта [номер], ИНН [номер]"),
    (RU, "Ольге Петровой и Марии Ивановой", "[имя] и [имя]"),
    (RU, "Уважаемый Сидоренко, меня зовут Ким", "Уважаемый [имя], меня зовут [имя]"),
    (RU, "Адрес: ул. Ленина, д. 5, кв. 12", "Адрес: [адрес]"),
    (RU, "Сервер 192.168.10.24 не отвечает, см. https://x.example/u?id=7", "Сервер [адрес] не отвечает, см. [ссылка]"),
    (RU, "Статья https://desk.example/guide/pay?user=olga", "Статья https://desk.example/guide/pay"),
    (EN, "Dear Mr. Bob Miller, write to a.b+c@x.co.uk", "Dear Mr. [name], write to [e-mail]"),
    (EN, "Order #55-1234, invoice INV-2026-77", "Order #[number], invoice [number]"),
    (EN, "Call +1 415 555 2671, IBAN DE89 3704 0044 0532 0130 00", "Call [number], IBAN [number]"),
    (EN, "Kowalczyk lives at 12 Baker Street", "[name] lives at [address]"),
    (EN, "Ask @anna_k on the chat, my name is Zed Xu", "Ask [name] on the chat, my name is [name]"),
]
PLAIN = [
    (RU, "Нажмите «Оплатить», подождите 15 минут и обновите страницу до версии 2.4."),
    (RU, "Заказ едет 3–5 дней. Москва и Санкт-Петербург – на день быстрее."),
    (EN, "Open Settings, choose Billing and press Save. It takes up to 24 hours."),
    (EN, "Hello there, the order will ship in 3 days."),
]


@pytest.mark.parametrize(("masker", "text", "expected"), CASES)
def test_personal_data_are_taken_out(masker, text, expected):
    found = masker.mask(text)
    assert found.text == expected
    assert found.places > 0


@pytest.mark.parametrize(("masker", "text"), PLAIN)
def test_what_is_nobodys_stays(masker, text):
    found = masker.mask(text)
    assert (found.text, found.places) == (text, 0)
