"""`manage.py mirror`: copy tasks to Redis until stopped."""

import asyncio
import os
import sys
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from backend.environment import environment
from backend.mirror.loop import Loop
from backend.tasks.changes import Changes
from wire import log, supervision
from wire.home import InUse

_NICE: Final = 5


class Command(BaseCommand):
    """Copy every change of a task to Redis until SIGTERM or SIGINT."""

    help = "Copy every change of a task to the Redis at ZONDA_REDIS_URL until SIGTERM or SIGINT."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        log.configure("mirror")
        supervisor = supervision.from_environment()
        if environment.redis_url is None:
            raise CommandError("ZONDA_REDIS_URL is not set: there is no Redis to copy to")
        environment.home.prepare()
        try:
            lock = environment.home.lock("mirror")
        except InUse as error:
            raise CommandError(f"process {error.pid} is the mirror of {environment.home.path} already") from error
        # It may lag a little: who runs tasks goes first.
        os.nice(_NICE)
        with lock:
            changes = Changes(environment.database)
            try:
                loop = Loop(environment.redis_url, changes, environment.retention, supervisor)
                code = asyncio.run(loop.run())
            finally:
                changes.close()
        sys.exit(code)
