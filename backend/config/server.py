"""`python -m backend.config.server`: serves HTTP until it is stopped, or until whoever supervises it is gone."""

import asyncio
import logging
import os
import signal
import socket
import sys
from typing import IO, TYPE_CHECKING, NoReturn

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")

import uvicorn
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from wire import files, log
from wire.home import Home, HomeError, InUse
from wire.supervision import Supervision, from_environment

if TYPE_CHECKING:
    from backend.config.application import Application

GRACE = 2
"""Seconds that requests under way have when the server stops."""

BACKLOG = 2048
"""Connections that the kernel keeps for this server until it takes them."""

TURN = 0.0005
"""Seconds after which the event loop lets the threads at the database have the interpreter, and they it.

A thread asks for it anew after each call of SQLite's. While thousands hear of a change the loop is never idle: with
Python's five milliseconds, the ten or so calls of one that creates a task took 93 ms (p99 of `bench live`); with one
they took 45 to 55, with half of one 44 to 48.
"""


def main() -> None:
    """Serve; exit 0 when stopped by a signal, 1 with its last words when this cannot start."""
    # The server takes these over while it runs, and raises what stopped it once more at its end: no failure either way.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    log.configure("backend")
    supervision = from_environment()
    lock = _locked()
    try:
        from backend.config.asgi import application
        from backend.config.heads import BoundedHeads
        from backend.environment import environment
        from backend.tasks.registry import registry

        # An app that can't be used is the user's to mend, now and not at the first request that needs it.
        registry()
    except (ImproperlyConfigured, HomeError) as error:
        _leave(str(error))
    missing = unapplied_migrations()
    if missing:
        _leave(
            f"The database at {environment.database} lacks {len(missing)} migrations ({', '.join(missing[:5])}): "
            "run `python backend/manage.py migrate`, or ./RUN.sh, which does so."
        )
    listener = bound(environment.host, environment.port)
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http=BoundedHeads,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        # Proxies say who asks; nobody stands between, and nobody is asked.
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE,
    )
    files.as_many_as_allowed()
    sys.setswitchinterval(TURN)
    with lock:
        Server(config, application, supervision).run(sockets=[listener])


def _locked() -> IO[str]:
    """The lock of this home's backend, taken before what takes its time; leaves when another one has it."""
    home = Home.from_environment(os.environ)
    try:
        home.prepare()
        return home.lock("backend")
    except InUse as error:
        _leave(f"process {error.pid or 'unknown'} is the backend of {home.path} already")
    except HomeError as error:
        _leave(str(error))


class Server(uvicorn.Server):
    """A server that says when it is ready, and that ends with its supervisor."""

    def __init__(self, config: uvicorn.Config, application: "Application", supervision: Supervision) -> None:
        super().__init__(config)
        self._application = application
        self._supervision = supervision

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        here = asyncio.get_running_loop()
        # A terminal that is closed asks for the end as anybody does.
        here.add_signal_handler(signal.SIGHUP, self._end)
        if self._supervision.fileno() >= 0:
            here.add_reader(self._supervision.fileno(), self._lifeline)
        self._supervision.ready()
        logging.getLogger(__name__).info("backend.ready", extra={"pid": os.getpid()})

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Whoever waits for a change would otherwise be waited for.
        await self._application.stop_waiting()
        await super().shutdown(sockets=sockets)

    def _lifeline(self) -> None:
        if self._supervision.gone():
            asyncio.get_running_loop().remove_reader(self._supervision.fileno())
            self._end()

    def _end(self) -> None:
        self.should_exit = True


def unapplied_migrations() -> list[str]:
    """The names of the migrations that the database does not have yet; leaves with a word if it can't be used."""
    from django.db import connection

    from backend.watch import health

    try:
        return health.unapplied_migrations()
    except DatabaseError as error:
        _leave(f"The database cannot be used: {error}")
    finally:
        connection.close()


def bound(host: str, port: int) -> socket.socket:
    """A listening socket there; leaves with a word when somebody else has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        _leave(f"{host}:{port} cannot be served: {error.strerror}. Choose another port with --port or ZONDA_PORT.")


def _end(number: int, frame: object) -> NoReturn:
    # A further one must not break off the clearing up, which then would leave threads to a loop that is closed.
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    sys.exit(0)


def _leave(message: str) -> NoReturn:
    log.last_words("backend", message)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
