"""The one script that other sites load: our modules of static/widget/ joined into one function, compressed once."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders

# Each module stands after those that it imports.
PARTS = ("dom", "store", "server", "styles", "frame", "launcher", "badge", "controller", "main")
IMPORT = re.compile(r"^import [^;]+;\n", re.MULTILINE)
EXPORT = re.compile(r"^export ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Script:
    plain: bytes
    packed: bytes
    etag: str


def widget_script() -> Script:
    """The script as the files are now; joined anew only when one of them has changed."""
    files = tuple(Path(str(finders.find(f"widget/{part}.js"))) for part in PARTS)
    return _joined(files, tuple(file.stat().st_mtime_ns for file in files))


@lru_cache(maxsize=2)
def _joined(files: tuple[Path, ...], times: tuple[int, ...]) -> Script:
    """One classic script: a page may load it with `async`, and it leaves no names behind."""
    body = "\n".join(_part(file.read_text(encoding="utf-8")) for file in files)
    plain = f'(() => {{\n"use strict";\n{body}}})();\n'.encode()
    return Script(plain, gzip.compress(plain, 9, mtime=0), f'"{hashlib.sha256(plain).hexdigest()[:20]}"')


def _part(source: str) -> str:
    return EXPORT.sub("", IMPORT.sub("", source))
