"""Local answers: honest, extractive, valid Markdown, streamed word by word."""

import asyncio
import time
from typing import Any

import pytest
from markdown_it import MarkdownIt

from integrations.providers.base import ChatMessage, CompletionRequest, Delta, Finish, Passage, Usage
from integrations.providers.local import LocalAnswers, compose, pieces

PORT = "By default it is port 8000. Set `PORT` to change the port:\n\n```sh\nPORT=8080 run\n```"


@pytest.fixture(autouse=True)
def unpaced(settings):
    settings.LOCAL_ANSWER_WORDS_PER_SECOND = 0


def passage(text: str = PORT, **values: Any) -> Passage:
    fields: dict[str, Any] = {
        "document": "first-steps",
        "title": "First steps",
        "heading": "Change the port",
        "text": text,
        "url": "/guide/first-steps#change-the-port",
        "score": 10.0,
        "language": "en",
    }
    return Passage(**{**fields, **values})


def ask(question: str, *passages: Passage, language: str = "en", degraded: str = "") -> CompletionRequest:
    messages = [ChatMessage("system", "Be good."), ChatMessage("user", question)]
    return CompletionRequest("local-answers", messages, language, passages=passages, degraded=degraded)


async def stream(request: CompletionRequest) -> tuple[list[str], Finish]:
    *deltas, finish = [event async for event in LocalAnswers().stream(request)]
    assert isinstance(finish, Finish)
    return [event.text for event in deltas if isinstance(event, Delta)], finish


async def test_the_stream_ends_with_a_finish_that_admits_the_lack_of_a_model():
    deltas, finish = await stream(ask("How do I change the port?", passage()))
    assert len(deltas) > 20
    assert finish == Finish("stop", Usage(0, 0), "local-answers", {"degraded": "no_model", "cites_in_text": True})


async def test_the_deltas_are_the_answer_character_by_character():
    request = ask("How do I change the port?", passage())
    deltas, _ = await stream(request)
    assert "".join(deltas) == compose(request)
    assert "PORT=8080 run\n" in deltas


def test_the_first_line_says_in_the_readers_language_that_no_model_answers():
    english = compose(ask("How do I change the port?", passage()))
    russian = compose(ask("Как сменить порт?", passage(language="ru", text="Порт меняет PORT."), language="ru"))
    assert english.splitlines()[0].startswith("**No language model is connected.**")
    assert russian.splitlines()[0].startswith("**Языковая модель не подключена.**")
    assert "Источники:" in russian
    assert "Sources" not in russian


def test_a_model_that_is_down_is_not_called_missing():
    answer = compose(ask("port?", passage(), degraded="provider_down"))
    assert answer.splitlines()[0].startswith("**The language model cannot be reached right now.**")
    assert "No language model is connected" not in answer


async def test_the_reason_is_passed_on():
    _, finish = await stream(ask("port?", passage(), degraded="provider_down"))
    assert finish.metadata["degraded"] == "provider_down"


def test_the_answer_quotes_the_passage_and_links_its_source():
    answer = compose(ask("How do I change the port?", passage()))
    assert "Set `PORT` to change the port:\n\n```sh\nPORT=8080 run\n```" in answer
    assert answer.endswith("- [First steps › Change the port](/guide/first-steps#change-the-port)")


def test_each_sentence_of_the_quotation_stands_in_the_passage():
    text = "One thing here. Another about apples. " + "A long filler sentence follows it. " * 20 + "Pears are sweet."
    answer = compose(ask("pears", passage(text)))
    quoted = answer.split("**First steps › Change the port**\n\n")[1].split("\n\n---")[0]
    assert "Pears are sweet." in quoted
    assert quoted in text
    assert len(quoted.split()) < 70


def test_a_long_list_is_cut_to_the_items_that_answer():
    items = [
        f"- **Item {number}** is about the subject of number {number} and nothing else at all." for number in range(30)
    ]
    answer = compose(ask("Tell me about pears", passage("\n".join([*items, "- Pears grow on trees."]))))
    assert "- Pears grow on trees." in answer
    assert "Item 7" not in answer


def test_a_long_table_is_cut_to_the_rows_that_answer():
    rows = [f"| `VARIABLE_{number}` | a default of {number} | does this and that with it |" for number in range(30)]
    table = "\n".join(["| Name | Default | Meaning |", "|---|---|---|", *rows, "| `PORT` | 8000 | port |"])
    answer = compose(ask("port", passage(table)))
    assert "| Name | Default | Meaning |\n|---|---|---|\n| `PORT` | 8000 | port |" in answer
    assert "VARIABLE_7" not in answer


def test_steps_are_never_cut():
    steps = "\n".join(
        f"{number}. Do the step {number}, which takes quite a few words to tell." for number in range(1, 20)
    )
    assert steps in compose(ask("step 3", passage(steps)))


@pytest.mark.parametrize(
    "text", ["```sh\nnever closed", "- a\n  - b\n\n  ```\n  code\n  ```\n- c", "> quote\n> more", "~~~\nx\n~~~"]
)
def test_the_markdown_stays_valid_whatever_the_passage_holds(text):
    tokens = MarkdownIt().parse(compose(ask("code quote", passage(text))))
    assert [token.content for token in tokens if token.type == "inline"][-1].startswith("[First steps")
    assert "Sources:" in [token.content for token in tokens if token.type == "inline"]


def test_titles_and_addresses_cannot_break_the_links():
    odd = passage("Port.", title="A [b](evil) `c`", heading="*d*\ne", url="/guide/x#a b(c)")
    inline = [token for token in MarkdownIt().parse(compose(ask("port", odd))) if token.type == "inline"]
    links = [child.attrs["href"] for token in inline for child in token.children or [] if child.type == "link_open"]
    assert links == ["/guide/x#a%20b%28c%29"]


def test_only_passages_close_to_the_best_are_quoted_and_named_once():
    near = passage("The port again.", score=9.0, heading="Near", url="/guide/near")
    same = passage("More on the port.", score=8.0)
    far = passage("Port wine.", score=1.0, heading="Far", url="/guide/far")
    answer = compose(ask("port", far, near, passage(), same))
    assert "The port again." in answer
    assert "Port wine." not in answer
    assert answer.count("](/guide/first-steps#change-the-port)") == 1


def test_passages_in_the_readers_language_are_preferred():
    russian = passage("Порт меняет PORT.", language="ru", score=5.0, url="/guide/ru")
    assert "/guide/first-steps" not in compose(ask("порт", passage(), russian, language="ru"))
    assert "/guide/first-steps" in compose(ask("порт", passage(), language="ru"))


@pytest.mark.parametrize(("language", "nothing"), [("en", "has nothing on this"), ("ru", "ничего об этом нет")])
def test_without_passages_it_says_so_and_what_it_knows(language, nothing):
    answer = compose(ask("рецепт борща", language=language))
    assert nothing in answer
    assert "(/guide/)" in answer
    assert "(/admin/)" in answer
    assert "Sources" not in answer
    assert answer.count("\n- ") >= 3


@pytest.mark.parametrize(
    ("message", "language", "reply"),
    [
        ("Hello!", "en", "Hello!"),
        ("hi there", "en", "Hello!"),
        ("Привет", "ru", "Здравствуйте!"),
        ("Добрый день!", "ru", "Здравствуйте!"),
        ("thanks a lot", "en", "You are welcome"),
        ("спасибо большое!", "ru", "Пожалуйста"),
        ("Who are you?", "en", "I am not an AI"),
        ("Привет! Кто ты?", "ru", "я не ИИ"),
        ("What can you do?", "en", "I am not an AI"),
        ("что ты умеешь", "ru", "я не ИИ"),
        ("How are you?", "en", "All is well"),
        ("как дела", "ru", "Всё хорошо"),
        ("пока", "ru", "До свидания"),
    ],
)
def test_small_talk_gets_a_short_honest_reply(message, language, reply):
    answer = compose(ask(message, passage(), language=language))
    assert reply in answer
    assert "PORT" not in answer


@pytest.mark.parametrize("message", ["Hello, how do I change the port?", "спасибо, а как сменить порт?", "hi port"])
def test_a_greeting_before_a_question_does_not_hide_it(message):
    assert "PORT=8080" in compose(ask(message, passage()))


async def test_words_come_at_the_pace_of_the_setting(settings):
    settings.LOCAL_ANSWER_WORDS_PER_SECOND = 200
    started = time.perf_counter()
    deltas, _ = await stream(ask("hello"))
    assert time.perf_counter() - started >= len(deltas) / 200 * 0.9


async def test_stopping_ends_the_stream_at_once(settings):
    settings.LOCAL_ANSWER_WORDS_PER_SECOND = 1
    taken = []

    async def read():
        async for event in LocalAnswers().stream(ask("hello")):
            taken.append(event)

    task = asyncio.create_task(read())
    while not taken:
        await asyncio.sleep(0.01)
    started = time.perf_counter()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.perf_counter() - started < 0.5
    assert len(taken) < 3


async def test_the_provider_says_that_it_is_there():
    provider = LocalAnswers()
    assert await provider.check() == ["local-answers"]
    await provider.aclose()


@pytest.mark.parametrize(
    "text",
    ["", " lead", "a  b\n\n c\t", "x\r\ny", "```\n a b\n\n c\n```\ntext after", "~~~\nopen", "a\u2028b", "- i\n    j"],
)
def test_pieces_lose_nothing(text):
    assert "".join(pieces(text)) == text


def test_code_is_streamed_by_lines():
    assert list(pieces("a b\n```\nx = 1\ny = 2\n```\nc")) == ["a ", "b\n", "```\n", "x = 1\n", "y = 2\n", "```\n", "c"]
