"""Django's settings, made from the environment record."""

import logging
from urllib.parse import urlsplit

from backend.environment import environment
from wire import log

environment.home.prepare()

SECRET_KEY = environment.home.secret_key()
DEBUG = False
ALLOWED_HOSTS = list(environment.allowed_hosts)

INSTALLED_APPS = [
    "corsheaders",
    "graphene_django",
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

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": environment.database,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # Only the ventilator checkpoints: two connections that do at once may corrupt it before SQLite 3.51.3.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;",
        },
        "TEST": {"NAME": environment.home.path / "test.sqlite3"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

TASKS = {"default": {"BACKEND": "backend.tasks.backend.ZondaBackend", "QUEUES": []}}

# Every process of Zonda logs in one way, `wire.log`; Django brings none of its own.
LOGGING_CONFIG = None
log.configure_unless_done("django")
log.conceal(SECRET_KEY, environment.home.service_token(), urlsplit(environment.redis_url or "").password or "")
# Each refused Host or bad request is the client's affair and already answered.
for _name in ("django.request", "django.security.DisallowedHost"):
    logging.getLogger(_name).setLevel(logging.ERROR)
