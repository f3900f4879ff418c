"""python -m workers: one worker, on the home and with the settings that its environment names.

With --check it only says what is wrong there, a line each, and exits with 2 if anything is.
"""

import asyncio
import logging
import os
import secrets
import sys

from wire import log, supervision, transports
from wire.home import HomeError
from wire.transports import zeromq
from workers.descendants import adopt_orphans
from workers.loop import Loop
from workers.machine import Identity
from workers.settings import BadSettings, Settings

_BAD_USAGE = 2


def main() -> int:
    supervised = supervision.from_environment()
    try:
        settings = Settings.read(os.environ)
        settings.home.prepare()
        transport = zeromq.transport(settings.home, settings.transport)
    except (BadSettings, HomeError, transports.BadAddress) as error:
        sys.stderr.write(f"{error}\n")
        return _BAD_USAGE
    if sys.argv[1:] == ["--check"]:
        return 0
    log.configure(settings.name)
    adopt_orphans()
    identity = Identity(
        incarnation=secrets.token_hex(8),
        name=settings.name,
        host=settings.host,
        pid=os.getpid(),
        queues=settings.queues,
        slots=settings.slots,
    )
    logging.getLogger("workers").info(
        "worker.starts", extra={"incarnation": identity.incarnation, "pid": identity.pid, "slots": identity.slots}
    )
    try:
        return asyncio.run(Loop(settings, identity, transport, supervised).run())
    finally:
        transport.close()


if __name__ == "__main__":
    sys.exit(main())
