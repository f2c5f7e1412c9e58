"""Many wake-up calls at once are few."""

import threading

from integrations import wake


def test_calls_that_come_together_are_one_more(monkeypatch):
    monkeypatch.setattr(wake, "GATHER_SECONDS", 0.2)
    made, second = [], threading.Event()

    def call():
        made.append(threading.current_thread())
        if len(made) == 2:
            second.set()

    gathered = wake.Gathered(call)
    for _ in range(100):
        gathered()
    assert len(made) == 1
    assert second.wait(10)
    assert len(made) == 2


def test_a_call_after_a_quiet_time_is_made_at_once(monkeypatch):
    monkeypatch.setattr(wake, "GATHER_SECONDS", 0)
    made = []
    gathered = wake.Gathered(lambda: made.append(1))
    for count in range(1, 4):
        gathered()
        assert len(made) == count
