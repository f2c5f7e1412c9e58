"""Which interpreter the product is set up with."""

from tests.delivery.conftest import base_python


def test_a_shim_that_exists_but_fails_is_passed_over(clone):
    clone.broken_python("python3.13")
    clone.real_python("python3.12")
    found = clone.sourced("find_python")
    assert (found.returncode, found.stdout.strip()) == (0, base_python())


def test_an_old_python3_is_passed_over(clone):
    clone.old_python("python3")
    clone.real_python("python")
    assert clone.sourced("find_python").stdout.strip() == base_python()


def test_the_named_interpreter_comes_first(clone):
    clone.broken_python("python3.13")
    named = clone.real_python("another")
    assert clone.sourced("find_python", PYTHON=str(named)).stdout.strip() == base_python()


def test_a_named_interpreter_that_does_not_work_is_mentioned(clone):
    clone.real_python("python3.13")
    found = clone.sourced("find_python", PYTHON="/nowhere/python")
    assert found.stdout.strip() == base_python()
    assert "/nowhere/python is not a working Python" in found.stderr


def test_without_any_python_it_says_what_to_install(clone):
    clone.old_python("python3")
    found = clone.run(
        "/bin/sh",
        "-c",
        ". script/lib/python.sh; places() { echo python$1; }; obtain_python() { return 1; }; require_python",
    )
    assert found.returncode == 1
    assert "Install Python 3.13" in found.stderr


def test_a_python_that_uv_manages_is_found(clone):
    uv = clone.bin / "uv"
    uv.write_text(f'#!/bin/sh\n[ "$1 $2" = "python find" ] && echo "{base_python()}"\n')
    uv.chmod(0o755)
    assert clone.sourced("find_python").stdout.strip() == base_python()
