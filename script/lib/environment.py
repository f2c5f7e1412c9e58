"""Makes `.venv` and installs pinned requirements into it.

usage: environment.py REQUIREMENTS_FILE FINGERPRINT

Runs on the standard library alone, under the interpreter that a new environment is made of. Safe to run
again, at the same time, and after a run that was killed: one run works, the others wait for it, and an
environment that was left half-installed is made anew.
"""

import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pip_settings import for_uv

VENV = Path(".venv")
PYTHON = VENV / "bin" / "python"
UNFINISHED = VENV / ".unfinished"
LOCK = Path(".venv.lock")
OLDEST = (3, 12)


def say(text: str) -> None:
    sys.stderr.write(f"-> {text}\n")
    sys.stderr.flush()


@contextmanager
def locked() -> Iterator[None]:
    """One run at a time. The kernel drops the lock with its holder, so none can be left behind."""
    with LOCK.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up is running in this folder; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def stamp(requirements: Path) -> Path:
    return VENV / f".installed-{requirements.name}"


def is_current(requirements: Path, fingerprint: str) -> bool:
    if UNFINISHED.exists() or not PYTHON.exists():
        return False
    try:
        return stamp(requirements).read_text().strip() == fingerprint.strip()
    except OSError:
        return False


def is_usable() -> bool:
    """Whether the environment starts, is new enough and was not left half-installed."""
    if UNFINISHED.exists() or not PYTHON.exists():
        return False
    code = f"import sys, pip; sys.exit(sys.version_info < {OLDEST} or sys.prefix == sys.base_prefix)"
    return subprocess.run([PYTHON, "-c", code], capture_output=True).returncode == 0


def installer_environment() -> dict[str, str]:
    """The environment for pip and uv: the user's, without what would lead packages out of `.venv`."""
    dropped = {"PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_REQUIRE_VIRTUALENV", "PYTHONHOME", "PYTHONPATH"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return kept | {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "VIRTUAL_ENV": str(VENV.absolute())}


def make_environment() -> None:
    """A new, empty `.venv` that holds pip."""
    say(f"making .venv with Python {sys.version.split()[0]} ({sys.executable})")
    shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir()
    UNFINISHED.touch()
    if importlib.util.find_spec("ensurepip"):
        venv.create(VENV, with_pip=True, symlinks=True)
    else:
        # Debian keeps ensurepip in a package of its own; any other pip of the machine can install one.
        venv.create(VENV, with_pip=False, symlinks=True)
        pip_from_elsewhere()


def pip_from_elsewhere() -> None:
    for command in (["pip"], [sys.executable, "-m", "pip"], ["pip3"], ["python3", "-m", "pip"]):
        arguments = [*command, "--python", str(PYTHON), "install", "--quiet", "pip"]
        try:
            if subprocess.run(arguments, env=installer_environment(), stdin=subprocess.DEVNULL).returncode == 0:
                return
        except OSError:
            continue
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    raise SystemExit(f"Python {version} here cannot make environments. On Debian: apt-get install python{version}-venv")


def find_uv() -> list[str] | None:
    """uv, which installs ten times faster than pip: the one in `.venv`, the machine's, or a fetched one."""
    own = VENV / "bin" / "uv"
    if not own.exists():
        if elsewhere := shutil.which("uv"):
            return [elsewhere]
        pin = re.search(r"^uv==\S+", Path("requirements-dev.txt").read_text(), re.MULTILINE)
        pip("install", "-qq", pin[0] if pin else "uv")
    return [str(own)] if own.exists() else None


def pip(*arguments: str) -> bool:
    return subprocess.run([PYTHON, "-m", "pip", *arguments], env=installer_environment()).returncode == 0


def uv_install(requirements: Path) -> bool:
    if not (uv := find_uv()):
        return False
    environment = installer_environment()
    environment |= for_uv([str(PYTHON), "-m", "pip"], environment)
    command = [*uv, "pip", "install", "--no-config", "--quiet", "--python", str(PYTHON), "-r", str(requirements)]
    return subprocess.run(command, env=environment).returncode == 0


def install(requirements: Path) -> None:
    """Installs the file's pins; raises SystemExit saying what to look at."""
    count = len(re.findall(r"^[a-z0-9].*==", requirements.read_text(), re.MULTILINE | re.IGNORECASE))
    say(f"installing the {count} packages of {requirements}")
    UNFINISHED.touch()
    if uv_install(requirements):
        return
    say("uv did not manage it; trying pip, which takes longer")
    if not pip("install", "--progress-bar", "off", "-qq", "-r", str(requirements)):
        raise SystemExit(
            "Could not install the packages (see above). They come from the Python package index that pip is set up\n"
            "with: check the network, the proxy (HTTPS_PROXY) and `pip config list`, then run the same command again."
        )


def main(requirements: Path, fingerprint: str) -> None:
    with locked():
        if is_current(requirements, fingerprint):
            return
        began = time.monotonic()
        if not is_usable():
            make_environment()
        install(requirements)
        stamp(requirements).write_text(fingerprint)
        UNFINISHED.unlink()
        say(f"ready in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2])
    except KeyboardInterrupt:
        sys.exit("\nStopped. The next run starts the set-up again.")
