# shellcheck shell=sh
# Finding a Python for the product. Sourced with the repository's root as working directory.

PYTHON_VERSIONS="3.13 3.12 3.14"

# The interpreter behind a command, if it starts, is new enough and has what the product needs.
# A version manager's shim may exist and still fail, so the only proof is to run it.
interpreter() {
    "$1" -c '
import sys
if not (3, 12) <= sys.version_info[:2] <= (3, 14):
    sys.exit(1)
import sqlite3, ssl, venv
print(getattr(sys, "_base_executable", "") or sys.executable)
' 2>/dev/null </dev/null
}

# Every place where an interpreter of the version may be, best first.
places() {
    echo "python$1"
    for place in \
        "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1"*/bin/python \
        "/usr/bin/python$1" "/usr/local/bin/python$1" \
        /opt/*/bin/"python$1" /opt/*/*/bin/"python$1" \
        "$HOME/.local/bin/python$1" \
        "${XDG_DATA_HOME:-$HOME/.local/share}"/uv/python/cpython-"$1"*/bin/python \
        "${TOOLS_DIR:-var/tools}"/python/cpython-"$1"*/bin/python
    do
        [ -x "$place" ] && echo "$place"
    done
}

candidates() {
    for version in $PYTHON_VERSIONS; do places "$version"; done
    echo python3
    echo python
}

# Prints the path of a Python that can run the product; fails when this machine has none.
find_python() {
    if [ -n "${PYTHON:-}" ]; then
        interpreter "$PYTHON" && return
        echo "PYTHON=$PYTHON is not a working Python 3.12, 3.13 or 3.14; looking for another." >&2
    fi
    found=$(candidates | while IFS= read -r candidate; do interpreter "$candidate" && break; done)
    if [ -z "$found" ] && command -v uv >/dev/null 2>&1; then
        managed=$(uv python find --no-project '>=3.12,<3.15' 2>/dev/null) && found=$(interpreter "$managed")
    fi
    [ -n "$found" ] && echo "$found"
}

# Prints the path of a uv that works: the machine's, or one that an older Python fetches for us alone.
private_uv() {
    command -v uv 2>/dev/null && return
    tools=${TOOLS_DIR:-var/tools}
    for python in python3 python /usr/bin/python3; do
        "$python" -m pip install --quiet --target "$tools/uv" uv >&2 2>/dev/null </dev/null || continue
        [ -x "$tools/uv/bin/uv" ] && echo "$tools/uv/bin/uv" && return
    done
    return 1
}

# Downloads a Python that only this folder uses, and prints its path.
obtain_python() {
    uv=$(private_uv) || return 1
    UV_PYTHON_INSTALL_DIR="${TOOLS_DIR:-var/tools}/python"
    export UV_PYTHON_INSTALL_DIR
    "$uv" python install --no-bin 3.13 >&2 || return 1
    managed=$("$uv" python find --no-project --managed-python 3.13 2>/dev/null) && interpreter "$managed"
}

# Prints the path of a Python that can run the product, or says what to do and fails.
require_python() {
    find_python && return
    echo "No Python 3.12, 3.13 or 3.14 here; trying to download one for this folder alone." >&2
    obtain_python && return
    cat >&2 <<'MESSAGE'
Could not find or download a suitable Python. Install Python 3.13 (3.12 and 3.14 do as well), for example with
    apt-get install python3.13-venv      brew install python@3.13      pyenv install 3.13      uv python install 3.13
or name one: PYTHON=/path/to/python3.13 script/server
MESSAGE
    return 1
}
