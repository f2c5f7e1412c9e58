"""How threads of one process take turns."""

import sys

SWITCH_SECONDS = 0.0005


def take_short_turns() -> None:
    """For processes whose event loop computes most of the time beside threads that talk to the database.

    By default a thread that has its answer waits five milliseconds until the loop lets it go on, after every
    single query; with hundreds of streams that is most of the time to the first token.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
