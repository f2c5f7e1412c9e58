"""Whether a container's process does its work; for HEALTHCHECK, without loading the product.

usage: healthcheck.py web       the web server answers
       healthcheck.py worker    this host's Celery worker answers a ping
       healthcheck.py beat      beat gave a sign of life within the last half minute

Exits with 0 or 1 and one line that says why.
"""

import http.client
import os
import socket
import sys

SECONDS = 5


class Unhealthy(Exception):
    """The text says what is wrong."""


def web() -> str:
    """Asks as a visitor would: a host name that is not served would be refused."""
    names = [name.strip() for name in os.environ.get("ALLOWED_HOSTS", "").split(",")]
    host = next((name for name in names if name and name[0] not in ".*"), "localhost")
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 8000), timeout=SECONDS)
    connection.request("GET", "/health", headers={"Host": host})
    status = connection.getresponse().status
    if status != http.client.OK:
        raise Unhealthy(f"/health answered {status}")
    return "serving"


def worker() -> str:
    from celery import Celery

    name = f"celery@{socket.gethostname()}"
    app = Celery(broker=os.environ["REDIS_URL"])
    with app.connection_for_write(connect_timeout=SECONDS) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0)
        answers = app.control.ping(destination=[name], timeout=SECONDS, limit=1, connection=connection)
    if not answers:
        raise Unhealthy(f"{name} does not answer")
    return "answering"


def beat() -> str:
    from redis import Redis

    # Written by config.heartbeat through Django's cache; the key goes when the writer falls silent.
    if not Redis.from_url(os.environ["REDIS_URL"], socket_timeout=SECONDS).exists("sb:1:heartbeat:beat"):
        raise Unhealthy("no sign of life")
    return "ticking"


def main(role: str) -> int:
    try:
        message, code = {"web": web, "worker": worker, "beat": beat}[role](), 0
    except Exception as error:  # noqa: BLE001 - whatever happens, the answer is: not healthy, and why
        message, code = f"{type(error).__name__}: {error}", 1
    sys.stdout.write(message + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
