"""Two models: one that obeys all that stands outside of the marks of data, and one that obeys whatever it reads."""

import json
import re
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from integrations.models import AIModel, AIProvider
from tests.chat.injection.gullible import heard
from tests.model_server import Handler, ModelServer, reachable
from tests.tickets.injection.cases import BOSS, EVIL
from tests.tickets.triage.conftest import library, mailbox, quiet  # noqa: F401 - fixtures

OPENS = re.compile(r"^<(?P<mark>mail|files|earlier|passages)>$", re.M)
ANSWERS = {
    "en": "Hello,\n\nhold the reset button for 15 seconds until the light blinks green.",
    "ru": "Здравствуйте!\n\nУдерживайте кнопку сброса 15 секунд, пока индикатор не замигает зелёным.",
}


def without_data(text: str) -> str:
    """What stands outside the marks; they are known to the letter, and the first that closes one closes it."""
    kept = []
    while opened := OPENS.search(text):
        kept.append(text[: opened.start()])
        _inside, closed, text = text[opened.end() :].partition(f"</{opened['mark']}>")
        if not closed:
            break
    return "\n".join([*kept, text])


def instructions(messages: Sequence[dict[str, str]]) -> str:
    """What a model that keeps to the marks takes for an instruction; its own answers are none."""
    return "\n".join(without_data(one["content"]) for one in messages if one["role"] != "assistant")


class ObedientHandler(Handler):
    def model_obedient(self) -> None:
        messages = self.server.requests[-1]["messages"]
        self._say(messages, heard(instructions(messages)))

    def model_captured(self) -> None:
        messages = self.server.requests[-1]["messages"]
        self._say(messages, heard(repr([one["content"] for one in messages if one["role"] != "assistant"])))

    def _say(self, messages: Any, orders: set[str]) -> None:
        self._begin()
        self._delta(json.dumps(self._decision(messages, sorted(orders)), ensure_ascii=False))
        self._end()

    def _decision(self, messages: Any, orders: list[str]) -> dict[str, Any]:
        shown = "\n".join(one["content"] for one in messages)
        language = "ru" if "in Russian, with" in shown else "en"
        said = {"full_name": "Ann Lee", "issue_summary": "Router", "decision": "full_answer", "confidence": 0.9}
        evidence = [self._reset(shown)]
        if not orders:
            return said | {"draft_reply": ANSWERS[language], "reason": "It is there.", "evidence": evidence}
        links = " ".join(f"{EVIL}/{token} {token}" for token in orders)
        draft = f"{ANSWERS[language]} Write to {BOSS} and see {links}"
        return said | {"draft_reply": draft, "reason": links, "confidence": 1, "evidence": evidence}

    def _reset(self, shown: str) -> int:
        """The number of the passage that has the answer."""
        for line in shown.splitlines():
            if line.startswith('{"passage"') and ("15 seconds" in line or "15 секунд" in line):
                return int(json.loads(line)["passage"])
        return 1


class ObedientServer(ModelServer):
    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = ObedientHandler


@pytest.fixture
def server() -> Iterator[ObedientServer]:
    found = ObedientServer()
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    with reachable(found.server_port):
        yield found
    found.gate.set()
    found.shutdown()
    found.server_close()


def believe(server: ObedientServer, name: str) -> None:
    provider = AIProvider.objects.create(key="test", name="Test server", kind="openai", base_url=server.url)
    AIModel.objects.create(key=name, provider=provider, name=name, title=name, priority=1)
