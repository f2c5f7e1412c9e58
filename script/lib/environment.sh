# shellcheck shell=sh
# The environment `.venv`. Sourced with the repository's root as working directory.

# What must be the same for the installed packages to be right: the pins, and the place (scripts name it).
environment_fingerprint() {
    cksum "$1"
    pwd
}

# ensure_environment FILE: makes `.venv` hold FILE's packages. Costs two small processes when it already does.
ensure_environment() {
    if [ -x .venv/bin/python ] && [ ! -e .venv/.unfinished ] &&
        [ "$(cat ".venv/.installed-$1" 2>/dev/null)" = "$(environment_fingerprint "$1")" ]; then
        return
    fi
    python=$(interpreter .venv/bin/python) || python=$(require_python) || return 1
    "$python" script/lib/environment.py "$1" "$(environment_fingerprint "$1")"
}
