"""`manage.py ventilator`: hand tasks to workers until stopped."""

import asyncio
import sys
from functools import partial
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from backend.environment import environment
from backend.ventilator.loop import Loop
from wire import files, log, presence, supervision
from wire.home import InUse
from wire.transports import BadAddress
from wire.transports.zeromq import transport


class Command(BaseCommand):
    """Hand tasks to workers until SIGTERM or SIGINT."""

    help = "Hand tasks to workers until SIGTERM or SIGINT."
    # The checks are of URLs, pages and models: RUN.sh has run them, and each start would wait for them again.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        log.configure("ventilator")
        supervisor = supervision.from_environment()
        environment.home.prepare()
        try:
            # Before any bind: a second one on the same ipc path succeeds, and takes the traffic.
            lock = environment.home.lock("ventilator")
        except InUse as error:
            _leave(f"process {error.pid} is the ventilator of {environment.home.path} already")
        files.as_many_as_allowed()
        with lock:
            try:
                topics = transport(environment.home, environment.transport)
            except BadAddress as error:
                _leave(str(error))
            try:
                loop = Loop(topics, supervisor, partial(presence.show, lock), environment.retention)
                code = asyncio.run(loop.run())
            finally:
                topics.close()
        sys.exit(code)


def _leave(why: str) -> NoReturn:
    log.last_words("ventilator", why)
    raise SystemExit(1)
