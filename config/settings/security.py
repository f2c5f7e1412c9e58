"""Keys, hosts, cookies, origins, content policy, log-in."""

import ipaddress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from config.settings.apps import DEBUG
from config.settings.env import boolean, env, integer, secret_file, web_address, words
from config.settings.services import DATA_DIR, EMBEDDED, HOST


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


LOOPBACK_ONLY = is_loopback(HOST)


def _key(name: str, file_name: str) -> str:
    if value := env.str(name, default=""):
        return str(value)
    if EMBEDDED:
        return secret_file(DATA_DIR / file_name)
    raise ImproperlyConfigured(f"{name} must be set when REDIS_URL is: all processes share it")


def _read(path: Path) -> str:
    return path.read_text().strip() if path.is_file() else ""


def _box_key() -> str:
    if file := env.str("SECRET_BOX_KEY_FILE", default=""):
        if key := _read(Path(file)):
            return key
        raise ImproperlyConfigured(f"SECRET_BOX_KEY_FILE names {file}, which holds no key")
    if SECRET_BOX_KEYS:
        return str(env.str("SECRET_BOX_KEY", default=""))
    return _key("SECRET_BOX_KEY", "secret_box_key")


SECRET_KEY = _key("SECRET_KEY", "secret_key")
SECRET_KEY_FALLBACKS = words("SECRET_KEY_FALLBACKS")
# Seals provider keys and per-request keys at rest. Kept apart from SECRET_KEY so that each rotates alone.
# All of these open, the first one seals: a list for rotation, one key, or a file that holds it.
SECRET_BOX_KEYS = words("SECRET_BOX_KEYS")
SECRET_BOX_KEY = _box_key()
# A key that an earlier start made still opens what it sealed, whatever was configured since.
SECRET_BOX_FORMER_KEY = _read(DATA_DIR / "secret_box_key") if EMBEDDED else ""

ALLOWED_HOSTS = words("ALLOWED_HOSTS") or (["localhost", "127.0.0.1", "[::1]"] if LOOPBACK_ONLY else ["*"])
# Where people reach the product from outside: for links in mails and chats, and for webhooks.
PUBLIC_URL = web_address("PUBLIC_URL")
USE_X_FORWARDED_HOST = boolean("USE_X_FORWARDED_HOST", False)
# How many proxies of ours stand before the server; only then is X-Forwarded-For believed.
TRUSTED_PROXY_COUNT = integer("TRUSTED_PROXY_COUNT", 0, maximum=10)
HTTPS = boolean("HTTPS", False)
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = boolean("SECURE_SSL_REDIRECT", HTTPS)
# Probes and scrapers ask inside the network, past the proxy.
SECURE_REDIRECT_EXEMPT = [r"^health", r"^metrics"]
SECURE_HSTS_SECONDS = integer("SECURE_HSTS_SECONDS", 31_536_000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = boolean("SECURE_HSTS_INCLUDE_SUBDOMAINS", HTTPS)
SECURE_HSTS_PRELOAD = boolean("SECURE_HSTS_PRELOAD", HTTPS)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "connect-src": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "form-action": [CSP.SELF],
}

# The views of these routes name the one origin that may read an answer; the settings below do not touch them.
OWN_CORS_PATHS = ("/api/v1/widgets/",)

# Any origin may call without credentials; only the listed ones may send cookies.
CORS_ALLOW_ALL_ORIGINS = boolean("CORS_ALLOW_ALL_ORIGINS", True)
CORS_CREDENTIALS_ORIGINS = [origin.rstrip("/") for origin in words("CORS_ALLOWED_ORIGINS")]
CORS_ALLOWED_ORIGINS = CORS_CREDENTIALS_ORIGINS
CORS_ALLOW_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
CORS_ALLOW_HEADERS = [
    "accept",
    "authorization",
    "content-type",
    "last-event-id",
    "x-api-key",
    "x-csrftoken",
    "x-requested-with",
    "x-trace-id",
]
CORS_EXPOSE_HEADERS = ["X-TRACE-ID", "X-PROCESS-TIME", "X-Turn-ID", "Retry-After"]
CORS_PREFLIGHT_MAX_AGE = 600
CORS_ALLOW_PRIVATE_NETWORK = True

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "accounts.backends.EmailOrUsernameBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
REGISTRATION_OPEN = boolean("REGISTRATION_OPEN", True)
USER_TOKEN_MINUTES = integer("USER_TOKEN_MINUTES", 11_520, minimum=1)
ANONYMOUS_TOKEN_MINUTES = integer("ANONYMOUS_TOKEN_MINUTES", 43_200, minimum=1)
# The chat on other sites: tokens are short, and the browser renews them from its own site.
WIDGET_TOKEN_MINUTES = integer("WIDGET_TOKEN_MINUTES", 60, minimum=1)
FIRST_SUPERUSER = env.str("FIRST_SUPERUSER", default="")
FIRST_SUPERUSER_PASSWORD = env.str("FIRST_SUPERUSER_PASSWORD", default="")

AXES_FAILURE_LIMIT = integer("LOGIN_FAILURE_LIMIT", 5, minimum=1)
AXES_COOLOFF_TIME = integer("LOGIN_LOCKOUT_MINUTES", 15, minimum=1) / 60
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_IPWARE_PROXY_COUNT = TRUSTED_PROXY_COUNT
AXES_CLIENT_IP_CALLABLE = "config.network.client_ip"
AXES_USERNAME_CALLABLE = "accounts.lockout.login_key"
AXES_LOCKOUT_CALLABLE = "accounts.lockout.lockout_response"
# Trying on while locked out must not prolong the lock: anybody behind one address could keep it shut.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_SENSITIVE_PARAMETERS = ["username", "email", "client_secret"]
AXES_VERBOSE = False

# No mail server is a state that the product shows itself: mails wait, health and the back office say so.
SILENCED_SYSTEM_CHECKS = ["mail.W001"]
if DEBUG:
    INTERNAL_IPS = ["127.0.0.1"]
