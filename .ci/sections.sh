# shellcheck shell=bash
# What .ci/run checks, one function a section. Each runs in the repository's root and fails by its exit code.

: "${work:?is set by .ci/run}"
service_database=""
service_redis=""
dclint_version=3.1.0

tool() {
    local name=$1
    shift
    ".venv/bin/$name" "$@"
}

# A settings environment of its own, so that no check reads the machine's settings.
manage() {
    env -u DATABASE_URL -u REDIS_URL ENV_FILE=/dev/null DATA_DIR="$work/data" .venv/bin/python manage.py "$@"
}

python_files() { git ls-files -z --cached --others --exclude-standard -- '*.py'; }

# What the checks need: the environment, which those beside the tests share, and what a distribution has.
tools() {
    # shellcheck source=script/lib/python.sh
    . script/lib/python.sh
    # shellcheck source=script/lib/environment.sh
    . script/lib/environment.sh
    ensure_environment requirements-dev.txt
    command -v msgfmt >/dev/null || install_packages gettext
    command -v npx >/dev/null || install_packages npm
    # The Bot API emulator of the tests with real processes.
    [ -d node_modules/telegram-test-api ] || npm ci --ignore-scripts --no-audit --no-fund --silent
}

tests_embedded() {
    suite embedded env -u DATABASE_URL -u REDIS_URL script/test
}

tests_services() {
    [ -n "$service_database" ] && [ -n "$service_redis" ] || { echo "PostgreSQL or Redis is missing"; return 1; }
    # What touches neither database nor Redis, and how pages look, is tested once: in the run before.
    local same=(browser delivery integrations/http knowledge/{readers,web,test_{base_forms,chunking}.py})
    same+=(admin/test_languages.py config/test_flow.py chat/artifacts/test_{checking,choosing,templates}.py)
    same+=(bots tickets/mime tickets/sla/test_hours.py)
    same+=(chat/memory/test_{guards,injection}.py integrations/ollama/test_{client,plan,settings}.py)
    suite services env DATABASE_URL="$service_database" REDIS_URL="$service_redis" script/test \
        "${same[@]/#/--ignore=tests/}"
}

# suite NAME COMMAND...: all tests. What starts real processes or a browser waits for them, and a machine that is busy
# with something else can be slower than any wait: such a test gets a second try, alone, and the log says so.
suite() {
    local name=$1 code=0
    shift
    "$@" --junitxml="$work/$name.xml" || code=$?
    [ "$code" -eq 1 ] || return "$code"
    local failed_before=(--last-failed --last-failed-no-failures none -n 0)
    "$@" "${failed_before[@]}" --collect-only -q -m "not e2e and not browser" || code=$?
    if [ "$code" -ne 5 ]; then return 1; fi
    printf -- '----- %s: a second try, alone, for what failed beside other tests\n' "$name"
    "$@" "${failed_before[@]}" -m "e2e or browser"
}

# A test may be skipped on one of the two set-ups, never on both: that would be a service missing in silence.
skipped_tests() { tool python .ci/skipped_tests.py "$work/embedded.xml" "$work/services.xml"; }

# The product also supports 3.12; where that is at hand, what leans on Python most must pass: streams, calls of models,
# readers of files and search. What 3.12 cannot parse or does not have fails in `format` and `types`, which know it is meant.
older_python() {
    local python
    # shellcheck source=script/lib/python.sh
    . script/lib/python.sh
    python=$(PYTHON_VERSIONS=3.12 find_python)
    case $("$python" -V) in
        "Python 3.12"*) ;;
        *) echo "No Python 3.12 on this machine: nothing to check."; return ;;
    esac
    "$python" -m venv --without-pip "$work/venv312"
    eval "$(.venv/bin/python script/lib/pip_settings.py)"
    tool uv pip install --no-config --quiet --python "$work/venv312/bin/python" -r requirements-dev.txt
    env -u DATABASE_URL -u REDIS_URL ENV_FILE=/dev/null DATA_DIR="$work/data312" \
        SECRET_KEY=tests-only-secret-key SECRET_BOX_KEY=tests-only-secret-box-key \
        "$work/venv312/bin/python" -m pytest -q -m "not browser and not e2e" tests/chat/test_*.py tests/integrations/calls \
        tests/integrations/test_*.py tests/knowledge/test_{search,vectors,publishing,import_docs,pages}.py \
        tests/knowledge/readers
}

format() {
    tool ruff check .
    tool ruff format --check .
}

types() {
    env -u DATABASE_URL -u REDIS_URL ENV_FILE=/dev/null DATA_DIR="$work/data" .venv/bin/mypy .
    tool mypy .ci
}

layers() { tool lint-imports; }

modern_django() {
    python_files | grep -zv /migrations/ | xargs -0 .venv/bin/django-upgrade --target-version 6.1 --check
    git ls-files -z --cached --others --exclude-standard -- '*.html' | grep -z templates/ |
        xargs -0r .venv/bin/djade --target-version 6.1 --check
}

migrations() { manage makemigrations --check --dry-run; }

translations() { tool python .ci/translations.py "$work/translations"; }

api_schema() { manage spectacular --validate --fail-on-warn --file "$work/openapi.yaml"; }

deployment_checks() {
    env -u DATABASE_URL -u REDIS_URL ENV_FILE=/dev/null DATA_DIR="$work/data" HOST=0.0.0.0 HTTPS=true \
        ALLOWED_HOSTS=switchboard.example.com TRUSTED_PROXY_COUNT=1 \
        SECRET_KEY="$(tool python -c 'import secrets; print(secrets.token_urlsafe(60))')" \
        SECRET_BOX_KEY="$(tool python -c 'import secrets; print(secrets.token_urlsafe(40))')" \
        .venv/bin/python manage.py check --deploy --fail-level WARNING
}

requirements() {
    tool python -m pip check
    eval "$(.venv/bin/python script/lib/pip_settings.py)"
    script/lock --check
    tool python .ci/old_requirements.py
}

shell_files() {
    git ls-files --cached --others --exclude-standard -- script .ci deploy | while IFS= read -r file; do
        if head -n 1 "$file" | grep -qE '^#!/bin/sh|^#!/usr/bin/env bash|^# shellcheck shell'; then echo "$file"; fi
    done
}

shell() { shell_files | xargs .venv/bin/shellcheck -x; }

containers() {
    tool hadolint Dockerfile
    npx --yes "dclint@$dclint_version" compose.yaml
}

secrets() { tool python .ci/secrets_scan.py; }
