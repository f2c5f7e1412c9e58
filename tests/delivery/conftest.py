"""Folders like a fresh clone, with interpreters that only pretend."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


class Clone:
    """A copy of the scripts in a folder where only the named programs exist."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "clone"
        self.bin = folder / "bin"
        self.home = folder / "home"
        shutil.copytree(ROOT / "script", self.root / "script", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("requirements.txt", "requirements-dev.txt", ".env.example"):
            (self.root / name).write_text("")
        for tool in "sh cat cksum dirname head sed mktemp rm mkdir env id sort basename find touch sleep".split():
            executable(self.bin / tool, f'#!/bin/sh\nexec "{shutil.which(tool)}" "$@"\n')
        self.home.mkdir()

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.root,
            env={"PATH": str(self.bin), "HOME": str(self.home), **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def sourced(self, function: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs one function of script/lib/python.sh, and sees nothing of this machine's interpreters."""
        script = f". script/lib/python.sh; places() {{ echo python$1; }}; {function}"
        return self.run("/bin/sh", "-c", script, **environment)

    def broken_python(self, name: str) -> Path:
        """A version manager's shim for a version that is not installed."""
        return executable(self.bin / name, "#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n")

    def old_python(self, name: str) -> Path:
        return executable(self.bin / name, "#!/bin/sh\nexit 1\n")

    def real_python(self, name: str) -> Path:
        return executable(self.bin / name, f'#!/bin/sh\nexec "{base_python()}" "$@"\n')


def base_python() -> str:
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)
