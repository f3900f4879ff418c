"""Django's settings, made from the environment record."""

import logging
from urllib.parse import urlsplit

from backend.admin.version import VERSION
from backend.environment import environment
from wire import log

environment.home.prepare()

SECRET_KEY = environment.home.secret_key()
DEBUG = False
ALLOWED_HOSTS = list(environment.allowed_hosts)

INSTALLED_APPS = [
    "corsheaders",
    "backend.admin",
    # Not the one that looks for `admin` modules: they are loaded with the addresses, and workers have no addresses.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "backend.tasks",
    "backend.api",
    "backend.ventilator",
    "backend.mirror",
    "backend.doctor",
    "backend.demo",
    *environment.apps,
]
MIDDLEWARE = [
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
ROOT_URLCONF = "backend.config.urls"
APPEND_SLASH = False
CORS_ALLOWED_ORIGINS = list(environment.cors_origins)
DATA_UPLOAD_MAX_MEMORY_SIZE = environment.max_body

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
STATIC_URL = f"/admin/static/{VERSION}/"
# The admin has forms and so a token against forged ones; its cookies are sent to the admin alone.
CSRF_COOKIE_PATH = "/admin/"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
# What these middlewares would do for every address, `backend.admin.site` does for the admin's; sessions it has none.
SILENCED_SYSTEM_CHECKS = ["admin.E408", "admin.E409", "admin.E410"]

WAL_AT_REST = 64 * 1024 * 1024
"""Bytes of the write-ahead log's file that stay when nobody reads what is in it any more."""

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": environment.database,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            # Seconds that a program which is none of ours may keep the record locked; ours take turns before.
            "timeout": 10,
            # Only the ventilator checkpoints: two connections that do at once may corrupt it before SQLite 3.51.3.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; "
            f"PRAGMA journal_size_limit={WAL_AT_REST};",
        },
        "TEST": {"NAME": environment.home.path / "test.sqlite3"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
FORMAT_MODULE_PATH = ["backend.admin.formats"]

TASKS = {"default": {"BACKEND": "backend.tasks.backend.ZondaBackend", "QUEUES": []}}

# Every process of Zonda logs in one way, `wire.log`; Django brings none of its own.
LOGGING_CONFIG = None
log.configure_unless_done("django")
log.conceal(SECRET_KEY, environment.home.service_token(), urlsplit(environment.redis_url or "").password or "")
# Each refused Host or bad request is the client's affair and already answered.
logging.getLogger("django.request").setLevel(logging.ERROR)
for _name in ("DisallowedHost", "DisallowedModelAdminLookup"):
    logging.getLogger(f"django.security.{_name}").setLevel(logging.CRITICAL)
