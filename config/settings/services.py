"""Where the data, the queues and the streams live: embedded by default, servers when named."""

from pathlib import Path
from urllib.parse import quote

from django.core.exceptions import ImproperlyConfigured

from config.settings.env import BASE_DIR, env, integer

DATA_DIR = Path(env.str("DATA_DIR", default="") or BASE_DIR / "var")
DATA_DIR.mkdir(parents=True, exist_ok=True)
STATIC_ROOT = Path(env.str("STATIC_ROOT", default="") or DATA_DIR / "static")
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
MEDIA_ROOT = DATA_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.storage.StaticStorage"},
}

HOST = env.str("HOST", default="") or env.str("APP_HOST", default="") or "127.0.0.1"
PORT = integer("PORT", integer("APP_PORT", 8000, maximum=65535), maximum=65535)


def _redis_url() -> str:
    if url := env.str("REDIS_URL", default=""):
        return str(url)
    host = env.str("REDIS_HOST", default="")
    if not host:
        return ""
    password = env.str("REDIS_PASS", default="")
    secret = f":{quote(password, safe='')}@" if password else ""
    return f"redis://{secret}{host}:{integer('REDIS_PORT', 6379)}/{integer('REDIS_DB', 0)}"


REDIS_URL = _redis_url()
# Without Redis the web server, the worker and beat share one process and talk in memory.
EMBEDDED = not REDIS_URL

DATABASE_URL = env.str("DATABASE_URL", default="") or f"sqlite:///{DATA_DIR / 'switchboard.sqlite3'}"
# The originals name their async drivers in the URL; Django needs none.
for driver in ("+aiosqlite", "+asyncpg", "+psycopg"):
    DATABASE_URL = DATABASE_URL.replace(driver, "")
_database = env.db_url_config(DATABASE_URL)
if _database.get("ENGINE") not in {"django.db.backends.sqlite3", "django.db.backends.postgresql"}:
    raise ImproperlyConfigured("DATABASE_URL must begin with postgres:// or sqlite:///")
_database.setdefault("OPTIONS", {})
if _database["ENGINE"].endswith("sqlite3"):
    _database["OPTIONS"] |= {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA busy_timeout=20000;"
            "PRAGMA cache_size=-16000;PRAGMA foreign_keys=ON;"
        ),
    }
    _database["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    # A server that was started again leaves a pool full of dead connections, each good for one failed request.
    _database["CONN_HEALTH_CHECKS"] = True
    _database["OPTIONS"] |= {
        "pool": {"min_size": 1, "max_size": integer("DATABASE_POOL_SIZE", 16, minimum=2), "timeout": 20}
    }
DATABASES = {"default": _database}

CACHES = {
    "default": (
        {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "switchboard",
            "OPTIONS": {"MAX_ENTRIES": 50_000},
        }
        if EMBEDDED
        else {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "sb"}
    )
}

CHANNEL_LAYERS = {
    "default": (
        {"BACKEND": "config.layer.LoopSafeLayer"}
        if EMBEDDED
        else {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [{"address": REDIS_URL}], "prefix": "sb-layer"},
        }
    )
}

EVENT_LOG_BACKEND = "chat.eventlog.memory.MemoryEventLog" if EMBEDDED else "chat.eventlog.redis.RedisEventLog"

CELERY_BROKER_URL = "memory://localhost/" if EMBEDDED else REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_TASK_TIME_LIMIT = 600
# Redis hands an unacknowledged message out again after this many seconds: above the longest task.
CELERY_BROKER_TRANSPORT_OPTIONS = {"polling_interval": 0.01} if EMBEDDED else {"visibility_timeout": 3600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Streams run on one event loop per worker process; a thread pool keeps that process in one piece.
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = integer("WORKER_CONCURRENCY", 4, minimum=1)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
