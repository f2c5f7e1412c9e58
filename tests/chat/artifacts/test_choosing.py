"""Which template a task asks for, and whether a question asks for an interface: by words, never by parts of them."""

import pytest

from chat.artifacts.choosing import choose_template
from chat.artifacts.turns import wants_interface


@pytest.mark.parametrize(
    ("task", "key"),
    [
        ("Сделай крестики-нолики для двоих", "tictactoe"),
        ("поиграем крестиками и ноликами", "tictactoe"),
        ("A tic-tac-toe board, please", "tictactoe"),
        ("noughts and crosses 5x5", "tictactoe"),
        ("создай интерфейс инвентаря героя", "rpg_inventory"),
        ("An RPG screen with weapons and potions", "rpg_inventory"),
        ("Inventories of two heroes", "rpg_inventory"),
        ("игровой интерфейс: жизни и монеты", "platformer_hud"),
        ("HUD with lives", "platformer_hud"),
        ("головоломку для детей", "puzzle_board"),
        ("Sliding tiles on a grid", "puzzle_board"),
    ],
)
def test_words_choose_in_any_form(task, key):
    assert choose_template(task) == key


@pytest.mark.parametrize(
    "task",
    [
        "калькулятор ипотеки",
        "a calculator",
        "инвентаризация склада",
        "доска задач",
        "a grid of products",
        "интерфейс для жизненных целей",
        "countdown to the shuddering end",
        "",
        "🎉" * 50,
        "x" * 4000,
    ],
)
def test_where_no_word_fits_none_is_chosen(task):
    assert choose_template(task) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Создай UI калькулятора",
        "пожалуйста, сделай ui.",
        "создай  интерфейс\nчата",
        "Нужен игровой интерфейс",
        "ui для списка дел",
        "Мне нужен интерфейс для погоды",
    ],
)
def test_the_phrases_ask_for_an_interface(text):
    assert wants_interface(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Как создать интерфейс?",
        "гуи для всего",
        "создай интерфейсы",
        "Опиши uiдля меня",
        "подинтерфейс для платы",
        "ui",
        "интерфейс",
    ],
)
def test_parts_of_words_and_other_words_do_not(text):
    assert not wants_interface(text)
