"""A mail server as a process: customers submit to it by SMTP, the desk reads it by IMAP."""

import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from benchmarks.stack import free_port

USER, PASSWORD = "support@desk.example", "imap-Password-of-the-tests"


@dataclass(frozen=True)
class MailServer:
    smtp: int
    imap: int

    def submit(self, mail: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=30) as link:
            link.login(USER, PASSWORD)
            link.send_message(mail)


@contextmanager
def submission() -> Iterator[MailServer]:
    server = MailServer(free_port(), free_port())
    options = ["--smtp-port", str(server.smtp), "--imap-port", str(server.imap), "--no-http"]
    process = subprocess.Popen(
        [Path(sys.executable).with_name("mail_devel"), "--host", "127.0.0.1", "--user", USER, "--password", PASSWORD]
        + options,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while not (_listens(server.smtp) and _listens(server.imap)):
            assert time.monotonic() < deadline and process.poll() is None, "the mail server did not start"
            time.sleep(0.05)
        yield server
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
