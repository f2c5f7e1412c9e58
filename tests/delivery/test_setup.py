"""script/server and script/test: what they prepare, and that they may be run again and at once."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.delivery.conftest import base_python, executable

MANAGE = (
    "import json, os, sys; print(json.dumps([sys.prefix != sys.base_prefix, sys.argv[1:], os.environ.get('PORT')]))"
)


@pytest.fixture(scope="module")
def empty_environment(tmp_path_factory):
    """Making one takes seconds; the tests that are not about that start from a copy."""
    folder = tmp_path_factory.mktemp("environment") / ".venv"
    subprocess.run([base_python(), "-m", "venv", folder], check=True)
    return folder


@pytest.fixture
def ready(clone, empty_environment):
    """A clone without requirements, whose uv only keeps a record of its calls."""
    shutil.copytree(empty_environment, clone.root / ".venv", symlinks=True, copy_function=os.link)
    (clone.root / "manage.py").write_text(MANAGE)
    executable(clone.bin / "uv", f'#!/bin/sh\necho "$@" >> "{clone.home}/uv.log"\n')
    clone.real_python("python3.13")
    return clone


def installs(clone):
    log = clone.home / "uv.log"
    return log.read_text().count("pip install") if log.exists() else 0


def start(clone, *arguments, **environment):
    return clone.run("/bin/sh", "script/server", *arguments, PYTHON=str(clone.bin / "python3.13"), **environment)


def test_the_server_runs_in_an_environment_of_its_own_with_the_arguments_given(ready):
    done = start(ready, "--port", "9000", PORT="8123")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [True, ["serve", "--port", "9000"], "8123"]


def test_a_second_start_installs_nothing_and_says_nothing(ready):
    start(ready)
    done = start(ready)
    assert (installs(ready), done.stderr) == (1, "")


def test_changed_requirements_are_installed(ready):
    start(ready)
    (ready.root / "requirements.txt").write_text("# changed\n")
    start(ready)
    assert installs(ready) == 2


def test_a_copied_folder_is_set_up_again(ready, tmp_path):
    start(ready)
    ready.root = ready.root.rename(tmp_path / "moved")
    start(ready)
    assert installs(ready) == 2


def test_an_environment_left_half_installed_is_made_anew(ready):
    start(ready)
    leftover = ready.root / ".venv" / "leftover"
    leftover.touch()
    (ready.root / ".venv" / ".unfinished").touch()
    assert "making .venv" in start(ready).stderr
    assert not leftover.exists()


def test_an_environment_whose_python_is_gone_is_made_anew(ready):
    start(ready)
    python = ready.root / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3.13")
    done = start(ready)
    assert "making .venv" in done.stderr
    assert done.returncode == 0


def test_two_starts_at_once_set_up_once(ready):
    command = ["/bin/sh", "script/server"]
    environment = {"PATH": str(ready.bin), "HOME": str(ready.home), "PYTHON": str(ready.bin / "python3.13")}
    both = [
        subprocess.Popen(command, cwd=ready.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert installs(ready) == 1


def test_when_uv_fails_pip_installs(ready):
    executable(ready.bin / "uv", "#!/bin/sh\nexit 2\n")
    done = start(ready)
    assert "trying pip" in done.stderr
    assert done.returncode == 0, done.stderr


def test_when_nothing_can_be_installed_it_says_where_to_look(ready):
    executable(ready.bin / "uv", "#!/bin/sh\nexit 2\n")
    (ready.root / "requirements.txt").write_text("switchboard-no-such-package==1\n")
    done = start(ready, PIP_NO_INDEX="1")
    assert done.returncode == 1
    assert "check the network" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def testable(ready):
    """A clone whose pytest tells its arguments and environment."""
    (ready.root / "pytest.py").write_text(
        "import json, os, sys\n"
        "print(json.dumps([sys.argv[1:], dict(os.environ), os.path.isdir(os.environ['DATA_DIR'])]))\n"
    )
    (ready.root / ".env.example").write_text("# OPENAI_API_KEY=\n# DATABASE_URL=\nHOST=127.0.0.1\n")
    executable(ready.bin / "chromium", "#!/bin/sh\necho Chromium 1\n")
    return ready


def run_tests(clone, *arguments, **environment):
    return clone.run("/bin/sh", "script/test", *arguments, PYTHON=str(clone.bin / "python3.13"), **environment)


def test_tests_do_not_see_the_developers_settings(testable):
    done = run_tests(testable, OPENAI_API_KEY="sk-real", HOST="192.0.2.1", DATABASE_URL="postgres://db/x")
    _, environment, _ = json.loads(done.stdout)
    assert not {"OPENAI_API_KEY", "HOST"} & environment.keys()
    assert environment["DATABASE_URL"] == "postgres://db/x"
    assert environment["ENV_FILE"] == "/dev/null"


def test_tests_get_their_arguments_and_a_data_directory_that_goes_afterwards(testable, tmp_path):
    done = run_tests(testable, "-k", "one thing", TMPDIR=str(tmp_path))
    arguments, environment, existed = json.loads(done.stdout)
    assert arguments == ["-k", "one thing"]
    assert existed
    assert not list(tmp_path.glob("switchboard-test.*"))
    assert environment["CHROMIUM"].endswith("/chromium")


def test_a_failing_run_fails(testable):
    (testable.root / "pytest.py").write_text("raise SystemExit(3)")
    assert run_tests(testable).returncode == 3


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_without_a_browser_tests_run_on_a_desk_and_fail_in_ci(testable, ci, code):
    (testable.bin / "chromium").unlink()
    executable(testable.bin / "id", "#!/bin/sh\necho 1000\n")
    done = run_tests(testable, CI=ci)
    assert done.returncode == code
    assert "no chromium" in done.stderr.lower()


def test_the_interpreter_of_the_tests_is_a_supported_one():
    assert (3, 12) <= sys.version_info[:2] <= (3, 14)
