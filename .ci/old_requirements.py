"""Fails when a direct requirement silently resolved to an old release.

A resolver answers a conflict by going back in time: the package still installs, years old. So each direct pin is
compared with the newest stable release of the index: it must be of the same major version, or be younger than the
newest by at most MAX_LAG; and it must not be older than MAX_AGE. EXPECTED holds the exceptions, with their reasons.
"""

import json
import os
import re
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

MAX_LAG = timedelta(days=365)
MAX_AGE = timedelta(days=3 * 365)
PAUSES = (1, 5, 15)
EXPECTED: dict[str, str] = {
    "pymorphy3-dicts-ru": "a dictionary that is complete; its last release is of 2022",
}
ROOT = Path(__file__).resolve().parent.parent
# As script/lib/pip_settings.py puts them: the main index first.
INDEX = [
    *f"{os.environ.get('UV_INDEX', '')} {os.environ.get('UV_DEFAULT_INDEX', '')}".split(),
    "https://pypi.org/simple",
][0]


@dataclass(frozen=True)
class Release:
    version: Version
    uploaded: datetime


def direct_names() -> list[str]:
    lines = "\n".join((ROOT / name).read_text() for name in ("requirements.in", "requirements-dev.in"))
    return sorted({canonicalize_name(name) for name in re.findall(r"^([A-Za-z0-9][\w.-]*)", lines, re.MULTILINE)})


def pins() -> dict[str, Version]:
    found = re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE)
    return {canonicalize_name(name): Version(version) for name, version in found}


def releases(name: str) -> dict[Version, Release]:
    """The index's stable releases of a package that are not yanked."""
    address = f"{re.sub(r'/simple/?$', '', INDEX)}/pypi/{name}/json"
    listing = asked(address)["releases"]
    found = {}
    for text, files in listing.items():
        usable = [file for file in files if not file["yanked"]]
        if usable and (version := stable(text)):
            found[version] = Release(
                version, min(datetime.fromisoformat(file["upload_time_iso_8601"]) for file in usable)
            )
    return found


def asked(address: str) -> Any:
    """What the index says; an index that hangs up is asked again."""
    for pause in PAUSES:
        try:
            return _read(address)
        except OSError as error:
            sys.stderr.write(f"{address}: {error!r}, asking again\n")
            time.sleep(pause)
    return _read(address)


def _read(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=60) as response:  # noqa: S310 - https, or the user's own index
        return json.load(response)


def stable(text: str) -> Version | None:
    try:
        version = Version(text)
    except InvalidVersion:
        return None
    return None if version.is_prerelease else version


def complaint(pin: Version, known: dict[Version, Release], now: datetime) -> str | None:
    """Why this pin is too old, or None."""
    if pin not in known:
        return "the index does not offer this release (any more)"
    ours, newest = known[pin], known[max(known)]
    if now - ours.uploaded > MAX_AGE:
        return f"released {ours.uploaded:%Y-%m}, more than {MAX_AGE.days // 365} years ago"
    if newest.version.major == pin.major or newest.uploaded - ours.uploaded <= MAX_LAG:
        return None
    return f"the newest is {newest.version}"


def main() -> int:
    names, pinned = direct_names(), pins()
    with ThreadPoolExecutor(8) as pool:
        known = dict(zip(names, pool.map(releases, names), strict=True))
    found = {name: complaint(pinned[name], known[name], datetime.now(UTC)) for name in names}
    bad = {name: text for name, text in found.items() if text and name not in EXPECTED}
    for name, text in bad.items():
        sys.stdout.write(f"{name} {pinned[name]}: {text}\n")
    for name in EXPECTED.keys() - {name for name, text in found.items() if text}:
        sys.stdout.write(f"{name}: listed as an expected exception, but it is none\n")
        bad[name] = "unneeded"
    sys.stdout.write(f"{len(names)} direct requirements, {len(bad)} findings\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
