"""Fails when a Russian catalogue is stale, incomplete or not compiled. usage: translations.py EMPTY_FOLDER"""

import ast
import gettext
import os
import re
import subprocess
import sys
from pathlib import Path

GETTEXT = re.compile("_|[np]{0,2}gettext(_lazy)?")
ROOT = Path(__file__).resolve().parent.parent


def run(*command: str, cwd: Path = ROOT) -> str:
    """The command's output; raises SystemExit with what it said when it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr or done.stdout}")
    return done.stdout


def copy_tree(target: Path) -> None:
    listing = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listing.split("\0")):
        source = ROOT / name
        if (
            source.is_file()
            and source.suffix in {".py", ".html", ".txt", ".po", ".js"}
            and "vendor" not in source.parts
        ):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(source.read_bytes())


def catalogues(root: Path) -> dict[str, Path]:
    """{path below root: file} of every catalogue of the tree."""
    return {str(path.relative_to(root)): path for path in sorted(root.glob("**/locale/ru/LC_MESSAGES/*.po"))}


def messages(path: Path) -> set[str]:
    """What the catalogue translates: context, message and plural of each entry, as they stand in the file."""
    text = run("msgcat", "--no-location", "--no-wrap", "--sort-output", str(path))
    sources = {re.sub(r"^#.*\n|^msgstr(.|\n)*", "", entry, flags=re.M).strip() for entry in text.split("\n\n")}
    return sources - {'msgid ""'}


def staleness(committed: Path, fresh: Path) -> list[str]:
    have, want = messages(committed), messages(fresh)
    missing = [f"not in the catalogue: {message}" for message in sorted(want - have)]
    return missing + [f"no longer used: {message}" for message in sorted(have - want)]


def incompleteness(path: Path) -> list[str]:
    untranslated = run("msgattrib", "--untranslated", "--no-wrap", str(path))
    fuzzy = run("msgattrib", "--only-fuzzy", "--no-obsolete", "--no-wrap", str(path))
    return [f"untranslated:\n{untranslated}"] * bool(untranslated) + [f"fuzzy:\n{fuzzy}"] * bool(fuzzy)


def catalog(path: Path) -> dict[object, str]:
    with path.open("rb") as handle:
        return dict(gettext.GNUTranslations(handle)._catalog)  # type: ignore[attr-defined]


def compilation(path: Path, scratch: Path) -> list[str]:
    compiled = path.with_suffix(".mo")
    if not compiled.exists():
        return ["not compiled"]
    run("msgfmt", "--check", "-o", str(scratch), str(path))
    return [] if catalog(compiled) == catalog(scratch) else ["the compiled catalogue is older than its source"]


def hidden(path: Path) -> list[str]:
    """Messages inside f-strings: xgettext does not look there, so nobody would translate them."""
    formatted = (node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.JoinedStr))
    calls = (inner for node in formatted for inner in ast.walk(node) if isinstance(inner, ast.Call))
    named = ((call, call.func.id) for call in calls if isinstance(call.func, ast.Name))
    return [f"line {call.lineno}: a message inside an f-string" for call, name in named if GETTEXT.fullmatch(name)]


def main(work: Path) -> int:
    work.mkdir(parents=True)
    copy_tree(work)
    environment = {"ENV_FILE": "/dev/null", "DATA_DIR": str(work / "var"), "PYTHONPATH": str(work)}
    os.environ.update(environment)
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    arguments = ["makemessages", "-l", "ru", "--no-obsolete", "--no-location", "--ignore", "var"]
    run(sys.executable, str(work / "manage.py"), *arguments, cwd=work)
    ours, fresh = {k: v for k, v in catalogues(ROOT).items() if ".venv" not in k}, catalogues(work)
    problems = [f"{name}: there is no such catalogue" for name in sorted(fresh.keys() - ours.keys())]
    for name, path in ours.items():
        found = incompleteness(path) + compilation(path, work / "check.mo")
        found += staleness(path, fresh[name]) if name in fresh else ["nothing uses this catalogue"]
        problems += [f"{name}: {problem}" for problem in found]
    for source in sorted(work.glob("**/*.py")):
        problems += [f"{source.relative_to(work)}: {problem}" for problem in hidden(source)]
    sys.stdout.write("\n".join([*problems, f"{len(ours)} catalogues, {len(problems)} problems\n"]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
