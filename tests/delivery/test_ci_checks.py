"""The checks of CI find what they are there for."""

import importlib
import shutil
import sys
from datetime import UTC, datetime, timedelta

import pytest
from packaging.version import Version

from tests.delivery.conftest import ROOT

needs_gettext = pytest.mark.skipif(not shutil.which("msgfmt"), reason="needs the gettext tools")
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def check(monkeypatch):
    """Imports a script of .ci/ by its name."""
    monkeypatch.syspath_prepend(str(ROOT / ".ci"))
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if (ROOT / ".ci" / f"{name}.py").exists():
            del sys.modules[name]


def verdict(module, pin, **days_old):
    """What is said of a pin, given {version: age in days}, with `_` for the dots."""
    versions = {Version(name.strip("v").replace("_", ".")): NOW - timedelta(days=age) for name, age in days_old.items()}
    known = {version: module.Release(version, uploaded) for version, uploaded in versions.items()}
    return module.complaint(Version(pin), known, NOW)


@pytest.mark.parametrize(
    ("pin", "ages", "complaint"),
    [
        ("2.1", {"v2_1": 30}, None),
        ("2.1", {"v2_1": 700, "v2_9": 10}, None),
        ("1.1", {"v1_1": 200, "v2_0": 20}, None),
        ("1.1", {"v1_1": 800, "v2_9": 20}, "the newest is 2.9"),
        ("2.1", {"v2_1": 1500}, "more than 3 years ago"),
        ("2.2", {"v2_1": 10}, "does not offer"),
    ],
)
def test_a_pin_may_be_somewhat_old_but_not_left_behind(check, pin, ages, complaint):
    said = verdict(check("old_requirements"), pin, **ages)
    assert said is None if complaint is None else complaint in said


REPORT = '<testsuites><testsuite><testcase classname="t" name="{}">{}</testcase></testsuite></testsuites>'


def report(path, name, skipped=""):
    path.write_text(REPORT.format(name, f'<skipped message="{skipped}"/>' if skipped else ""))
    return path


def test_a_test_skipped_on_one_set_up_is_fine(check, tmp_path):
    paths = [report(tmp_path / "a", "one", "needs Redis"), report(tmp_path / "b", "one")]
    assert check("skipped_tests").main(paths) == 0


def test_a_test_skipped_on_both_set_ups_is_a_finding(check, tmp_path, capsys):
    paths = [report(tmp_path / "a", "one", "needs Redis"), report(tmp_path / "b", "one", "needs Redis")]
    assert check("skipped_tests").main(paths) == 1
    assert "t::one: needs Redis" in capsys.readouterr().out


def test_a_run_without_a_report_is_a_finding(check, tmp_path):
    assert check("skipped_tests").main([tmp_path / "none"]) == 1


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (".env", b""),
        ("deploy/.env.production", b""),
        ("key.pem", b""),
        ("a.py", b"KEY = 'sk-ant-" + b"a1" * 20 + b"'"),
        ("a.py", b"-----BEGIN RSA " + b"PRIVATE KEY-----"),
        ("a.py", b"postgres://app:" + b"correct-horse@db/x"),
    ],
)
def test_secrets_are_found(check, path, content):
    assert check("secrets_scan").findings(path, content)


@pytest.mark.parametrize("path", [".env.example", "a.py"])
def test_examples_are_no_secrets(check, path):
    content = b"OPENAI_API_KEY=sk-...\nDATABASE_URL=postgres://switchboard:password@127.0.0.1/x"
    assert not check("secrets_scan").findings(path, content)


CATALOGUE = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def catalogue(path, *messages):
    path.write_text(CATALOGUE + "".join(f'msgid "{source}"\nmsgstr "{target}"\n\n' for source, target in messages))
    return path


@needs_gettext
def test_a_catalogue_that_lacks_a_text_or_keeps_an_old_one_is_stale(check, tmp_path):
    committed = catalogue(tmp_path / "a.po", ("Stay", "Остаться"), ("Old", "Старое"))
    fresh = catalogue(tmp_path / "b.po", ("Stay", ""), ("New", ""))
    found = check("translations").staleness(committed, fresh)
    assert found == ['not in the catalogue: msgid "New"', 'no longer used: msgid "Old"']


@needs_gettext
def test_an_untranslated_text_is_a_finding(check, tmp_path):
    translations = check("translations")
    assert translations.incompleteness(catalogue(tmp_path / "a.po", ("Stay", "")))
    assert not translations.incompleteness(catalogue(tmp_path / "b.po", ("Stay", "Остаться")))


@needs_gettext
def test_a_catalogue_compiled_before_its_last_change_is_a_finding(check, tmp_path):
    translations = check("translations")
    path = catalogue(tmp_path / "django.po", ("Stay", "Остаться"))
    assert translations.compilation(path, tmp_path / "scratch.mo") == ["not compiled"]
    translations.run("msgfmt", "-o", str(path.with_suffix(".mo")), str(path))
    assert translations.compilation(path, tmp_path / "scratch.mo") == []
    catalogue(path, ("Stay", "Оставаться"))
    assert "older than its source" in translations.compilation(path, tmp_path / "scratch.mo")[0]
