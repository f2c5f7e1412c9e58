"""Fails for tests that ran on none of the set-ups. usage: skipped_tests.py JUNIT_XML..."""

import sys
from pathlib import Path
from xml.etree import ElementTree


def outcomes(report: Path) -> dict[str, str]:
    """{test: why it was skipped, or an empty string when it ran}"""
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - pytest's own report
        skipped = case.find("skipped")
        found[f"{case.get('classname')}::{case.get('name')}"] = "" if skipped is None else skipped.get("message", "?")
    return found


def never_run(reports: list[dict[str, str]]) -> dict[str, str]:
    names = sorted(set().union(*reports))
    return {name: reports[0].get(name, "?") for name in names if all(report.get(name, "?") for report in reports)}


def main(paths: list[Path]) -> int:
    if missing := [path for path in paths if not path.is_file()]:
        sys.stderr.write(f"No report: {', '.join(path.name for path in missing)}\n")
        return 1
    reports = [outcomes(path) for path in paths]
    for name, reason in (lost := never_run(reports)).items():
        sys.stdout.write(f"{name}: {reason}\n")
    sys.stdout.write(f"{len(set().union(*reports))} tests, {len(lost)} that ran nowhere\n")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main([Path(argument) for argument in sys.argv[1:]]))
