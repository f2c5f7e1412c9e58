"""What customers and operators of the made-up desk write, with the base forms of each sentence."""

import random
from dataclasses import dataclass
from functools import cache

from integrations.text.tokens import terms

SENTENCES = 3_000

ASKED = {
    "ru": (
        "Здравствуйте, мой заказ {code} до сих пор не доставлен в город {city}.",
        "Подскажите, когда привезут {thing}, обещали в {day}?",
        "Курьер не позвонил, а в личном кабинете стоит статус «вручено».",
        "{thing} перестал включаться после обновления прошивки {code}.",
        "С карты дважды списали {amount} рублей за {thing}.",
        "Не могу войти в личный кабинет, письмо с паролем не приходит.",
        "Хочу вернуть {thing}, он не подошёл по размеру.",
        "Промокод {code} не применяется при оплате.",
        "Нужны закрывающие документы за {day} по договору {code}.",
        "На экране ошибка {code}, приложение закрывается само.",
        "Можно ли поменять адрес доставки на {city}?",
        "Менеджер обещал перезвонить в {day}, но никто не позвонил.",
        "Прошу оформить гарантийный ремонт, {thing} сломался через месяц.",
        "Почему выросла абонентская плата на {amount} рублей?",
    ),
    "en": (
        "Hello, my order {code} to {city} has not arrived yet.",
        "Could you tell me when the {thing} will be delivered, you said {day}?",
        "The courier never called, and the tracking page says it was handed over.",
        "The {thing} stopped working after firmware update {code}.",
        "My card was charged twice, {amount} dollars each, for the {thing}.",
        "I cannot log in, the password reset mail never arrives.",
        "I would like to return the {thing}, it does not fit.",
        "Voucher {code} is rejected at the checkout.",
        "Please send the invoice for contract {code} by {day}.",
        "The app shows error {code} and closes by itself.",
        "Can the delivery address be changed to {city}?",
        "Your manager promised to call back on {day}, nobody did.",
    ),
}
ANSWERED = {
    "ru": (
        "Спасибо за обращение, мы уже проверяем заказ {code}.",
        "Приносим извинения за задержку, доставка в город {city} назначена на {day}.",
        "Деньги в размере {amount} рублей вернутся на карту в течение пяти рабочих дней.",
        "Попробуйте сбросить настройки: удерживайте кнопку питания десять секунд.",
        "Уточните, пожалуйста, номер заказа и адрес доставки.",
        "Мы передали вопрос специалистам склада, ответим в {day}.",
        "Для возврата заполните форму и приложите фотографию, {thing} заберёт курьер.",
        "Документы по договору {code} отправлены на вашу почту.",
    ),
    "en": (
        "Thank you for writing, we are looking into order {code}.",
        "We apologise for the delay, delivery to {city} is planned for {day}.",
        "The refund of {amount} dollars will reach your card within five working days.",
        "Please reset the device: hold the power button for ten seconds.",
        "Please tell us the order number and the delivery address.",
        "Our warehouse has been asked, we will answer on {day}.",
        "To return the {thing} fill in the form and attach a photo.",
        "The documents for contract {code} were sent to your address.",
    ),
}
SLOTS = {
    "ru": {
        "thing": "роутер телевизор чайник пылесос ноутбук телефон утюг диван самокат принтер монитор".split(),
        "city": "Казань Пермь Самара Тула Омск Сочи Томск Уфа Ростов Курск Тверь Элиста Мурманск".split(),
        "day": "понедельник вторник среду четверг пятницу субботу воскресенье".split(),
    },
    "en": {
        "thing": "router television kettle vacuum laptop phone fridge iron sofa scooter printer monitor".split(),
        "city": "London Leeds Dublin Boston Austin Denver Oslo Paris Prague Madrid Lisbon".split(),
        "day": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
    },
}
NAMES = {
    "ru": (
        "Анна Ольга Мария Иван Пётр Олег Дмитрий Елена Светлана Никита Артём Юлия".split(),
        "Орлова Петренко Кузнец Соколенко Белых Седых Черных Гайдай Шевчук Литвин Мороз Ткач".split(),
    ),
    "en": (
        "Anna Olive Mary John Peter Oscar Daniel Helen Susan Nick Arthur Julia".split(),
        "Stone Baker Cook Field Marsh Brook Wood Hill Carter Turner Walker Reed".split(),
    ),
}


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    terms: frozenset[str]


def _made(templates: tuple[str, ...], language: str, chance: random.Random) -> list[Sentence]:
    made = []
    for _ in range(SENTENCES):
        slots = {name: chance.choice(words) for name, words in SLOTS[language].items()}
        code = f"{chance.choice('ABEKMX')}{chance.choice('TPRC')}-{chance.randint(100, 999)}"
        text = chance.choice(templates).format(**slots, code=code, amount=chance.randint(3, 90) * 50)
        made.append(Sentence(text, frozenset(terms(text))))
    return made


@cache
def sentences(seed: int, language: str, *, answer: bool) -> list[Sentence]:
    """The sentences of customers, or of operators."""
    chance = random.Random(f"{seed}:{language}:{answer}")  # noqa: S311 - the same at every run is the point
    return _made((ANSWERED if answer else ASKED)[language], language, chance)


@cache
def name_terms(name: str) -> frozenset[str]:
    return frozenset(terms(name))
