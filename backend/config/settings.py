"""Django's settings, made from the environment record."""

from backend.environment import environment

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

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # Each refused Host or bad request is the client's affair and already answered.
        "django.security.DisallowedHost": {"level": "ERROR", "propagate": False},
        "django.request": {"level": "ERROR"},
    },
}
