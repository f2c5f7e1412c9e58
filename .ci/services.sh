# shellcheck shell=bash
: "${work:?is set by .ci/run}"
# PostgreSQL and Redis for the second run of the tests. Sets DATABASE_URL and REDIS_URL.

own_postgres=""
own_redis=""
made_database=""

listens() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

free_port() { .venv/bin/python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

accepts_postgres() {
    .venv/bin/python -c 'import psycopg, sys; psycopg.connect(sys.argv[1], connect_timeout=5).close()' "$1" 2>/dev/null
}

install_packages() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    echo "-> apt-get install $*"
    apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null
}

postgres_binaries() {
    local folder
    for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin | sort -rV); do
        [ -x "$folder/initdb" ] && echo "$folder" && return
    done
    command -v initdb >/dev/null && dirname "$(command -v initdb)"
}

# PostgreSQL refuses to run as root, so a root's CI starts it as the package's user.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups "$@"; else "$@"; fi
}

start_own_postgres() {
    local binaries port
    binaries=$(postgres_binaries) || { install_packages postgresql && binaries=$(postgres_binaries); } || return 1
    port=$(free_port)
    mkdir -p "$work/pg"
    chmod 755 "$work"
    if [ "$(id -u)" = 0 ]; then chown postgres "$work/pg"; fi
    as_postgres "$binaries/initdb" -D "$work/pg/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null || return 1
    as_postgres "$binaries/pg_ctl" -D "$work/pg/data" -l "$work/pg/log" -w start >/dev/null \
        -o "-p $port -k '' -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200" || return 1
    own_postgres=$binaries
    server_url=postgres://postgres@127.0.0.1:$port
}

start_own_redis() {
    local port
    command -v redis-server >/dev/null || install_packages redis-server || return 1
    port=$(free_port)
    redis-server --bind 127.0.0.1 --port "$port" --dir "$work" --save '' --daemonize yes \
        --pidfile "$work/redis.pid" --logfile "$work/redis.log" >/dev/null
    own_redis=$work/redis.pid
    for _ in $(seq 100); do listens 127.0.0.1 "$port" && break; sleep 0.1; done
    REDIS_URL=redis://127.0.0.1:$port/0
}

choose_postgres() {
    [ -n "${DATABASE_URL:-}" ] && return
    server_url=postgres://postgres@127.0.0.1:5432
    accepts_postgres "$server_url/postgres" || start_own_postgres || return 1
    made_database=switchboard_ci_$$
    .venv/bin/python - "$server_url/postgres" "CREATE DATABASE $made_database" <<'PYTHON'
import sys, psycopg
psycopg.connect(sys.argv[1], autocommit=True).execute(sys.argv[2])
PYTHON
    DATABASE_URL=$server_url/$made_database
}

# A database of Redis that nobody uses: the tests must not meet a running installation's queue.
choose_redis() {
    [ -n "${REDIS_URL:-}" ] && return
    if listens 127.0.0.1 6379; then
        REDIS_URL=$(.venv/bin/python - <<'PYTHON'
import redis
for number in range(15, 0, -1):
    url = f"redis://127.0.0.1:6379/{number}"
    try:
        if redis.Redis.from_url(url, socket_timeout=5).dbsize() == 0:
            print(url)
            break
    except redis.RedisError:
        break
PYTHON
        )
        [ -n "$REDIS_URL" ] && return
    fi
    start_own_redis
}

start_services() {
    printf '\n===== services =====\n'
    choose_postgres || { echo "No PostgreSQL: set DATABASE_URL, or run as root where apt-get works."; return 1; }
    choose_redis || { echo "No Redis: set REDIS_URL, or run as root where apt-get works."; return 1; }
    service_database=$DATABASE_URL
    service_redis=$REDIS_URL
    echo "PostgreSQL: ${service_database##*@}   Redis: ${service_redis##*@}"
}

stop_services() {
    if [ -n "$own_postgres" ]; then as_postgres "$own_postgres/pg_ctl" -D "$work/pg/data" -m immediate stop >/dev/null || true; fi
    if [ -n "$own_redis" ]; then kill "$(cat "$own_redis")" 2>/dev/null || true; fi
    if [ -z "$own_postgres" ] && [ -n "$made_database" ]; then
        .venv/bin/python - "$server_url/postgres" "DROP DATABASE IF EXISTS $made_database WITH (FORCE)" <<'PYTHON' || true
import sys, psycopg
psycopg.connect(sys.argv[1], autocommit=True).execute(sys.argv[2])
PYTHON
    fi
}
