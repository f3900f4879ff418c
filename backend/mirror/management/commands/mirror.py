"""`manage.py mirror`: copy tasks to Redis until stopped."""

import asyncio
import sys
from functools import partial
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from backend.environment import environment
from backend.mirror.loop import Loop
from backend.tasks.changes import Changes
from wire import log, presence, supervision
from wire.home import InUse


class Command(BaseCommand):
    """Copy every change of a task to Redis until SIGTERM or SIGINT."""

    help = "Copy every change of a task to the Redis at ZONDA_REDIS_URL until SIGTERM or SIGINT."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        log.configure("mirror")
        supervisor = supervision.from_environment()
        if environment.redis_url is None:
            _leave("ZONDA_REDIS_URL is not set: there is no Redis to copy to")
        environment.home.prepare()
        try:
            lock = environment.home.lock("mirror")
        except InUse as error:
            _leave(f"process {error.pid} is the mirror of {environment.home.path} already")
        with lock:
            changes = Changes(environment.database)
            try:
                show_life = partial(presence.show, lock)
                loop = Loop(environment.redis_url, changes, environment.retention, supervisor, show_life)
                code = asyncio.run(loop.run())
            finally:
                changes.close()
        sys.exit(code)


def _leave(why: str) -> NoReturn:
    log.last_words("mirror", why)
    raise SystemExit(1)
