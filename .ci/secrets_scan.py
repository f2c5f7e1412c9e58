"""Fails when a tracked file holds something that looks like a secret."""

import re
import subprocess
import sys
from pathlib import Path

PATTERNS = {
    "private key": re.compile(rb"-----BEGIN (?:RSA |EC |OPENSSH |DSA |PGP )?PRIVATE KEY"),
    "OpenAI or Anthropic key": re.compile(rb"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}"),
    "AWS key": re.compile(rb"\bAKIA[0-9A-Z]{16}\b"),
    "GitHub token": re.compile(rb"\bgh[pousr]_[A-Za-z0-9]{36}\b"),
    "Slack token": re.compile(rb"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    "Telegram token": re.compile(rb"\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b"),
    "Google key": re.compile(rb"\bAIza[0-9A-Za-z_-]{35}\b"),
    "password in an address": re.compile(rb"\b(?:postgres(?:ql)?|redis|amqp)://[^:/\s\"'{}$]*:[^@/\s\"'{}$<]{8,}@"),
}
FORBIDDEN_NAMES = re.compile(r"(^|/)(\.env(\.(?!example$)[^/]*)?|id_(rsa|ed25519)|.*\.(pem|p12|pfx|sqlite3))$")
# Passwords of examples and tests.
HARMLESS = (b":password@", b":hunter2hunter2@")


def findings(path: str, content: bytes) -> list[str]:
    found = ["a file that must not be committed"] if FORBIDDEN_NAMES.search(path) else []
    for harmless in HARMLESS:
        content = content.replace(harmless, b"")
    return found + [name for name, pattern in PATTERNS.items() if pattern.search(content)]


def main() -> int:
    listing = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True, text=True)
    files = [name for name in listing.stdout.split("\0") if name and Path(name).is_file()]
    count = 0
    for name in files:
        for finding in findings(name, Path(name).read_bytes()):
            sys.stdout.write(f"{name}: {finding}\n")
            count += 1
    sys.stdout.write(f"{len(files)} files, {count} findings\n")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
