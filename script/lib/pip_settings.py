"""pip's configuration in uv's words: uv reads neither pip's files nor its variables.

As a command it prints them for a shell: eval "$(python pip_settings.py)"
"""

import ast
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence

PYPI = "https://pypi.org/simple"

# pip lists its sources weakest first: files, then the settings of one command, then the environment.
_LINE = re.compile(r"^(?P<section>:env:|[\w-]+)\.(?P<name>[\w.-]+)=(?P<value>.*)$")


def parse(listing: str) -> dict[str, str]:
    """`pip config list` as {name: value} for `pip install`."""
    ranks = {"global": 0, "install": 1, ":env:": 2}
    found: dict[str, tuple[int, str]] = {}
    for line in listing.splitlines():
        if not (match := _LINE.match(line)) or match["section"] not in ranks:
            continue
        rank, name = ranks[match["section"]], match["name"].lstrip(".").replace("_", "-")
        if name not in found or rank >= found[name][0]:
            found[name] = (rank, str(ast.literal_eval(match["value"])))
    return {name: value for name, (_, value) in found.items()}


def translate(settings: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Variables for uv that mean what pip's settings mean; what the user says to uv himself comes first."""
    # uv prefers the indexes in the order given, and its default index least of all.
    extra = settings.get("extra-index-url", "").split()
    indexes = [settings.get("index-url", "") or (PYPI if extra else ""), *extra]
    wanted = {
        "UV_INDEX": " ".join(indexes[:-1]),
        "UV_DEFAULT_INDEX": indexes[-1],
        "UV_FIND_LINKS": ",".join(settings.get("find-links", "").split()),
        "UV_NO_INDEX": "1" if settings.get("no-index", "").lower() in {"1", "true", "yes", "on"} else "",
        "UV_INSECURE_HOST": " ".join(settings.get("trusted-host", "").split()),
        "UV_HTTP_TIMEOUT": settings.get("default-timeout", "") or settings.get("timeout", ""),
        "UV_CONSTRAINT": " ".join(settings.get("constraint", "").split()),
        "SSL_CERT_FILE": settings.get("cert", ""),
        "SSL_CLIENT_CERT": settings.get("client-cert", ""),
        "ALL_PROXY": settings.get("proxy", ""),
        # pip takes the best version of all its indexes; uv by default only looks at the first that knows the name.
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }
    return {name: value for name, value in wanted.items() if value and not environment.get(name)}


def for_uv(pip: Sequence[str], environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What to add to the environment of uv so that it installs from where `pip` would."""
    listing = subprocess.run([*pip, "config", "list"], env=dict(environment), capture_output=True, text=True)
    return translate(parse(listing.stdout), environment) if listing.returncode == 0 else {}


if __name__ == "__main__":
    for variable, setting in for_uv([sys.executable, "-m", "pip"]).items():
        sys.stdout.write(f"export {variable}={shlex.quote(setting)}\n")
