"""python -m sink: the sink of the home that its environment names.

With --check it only says what is wrong there, a line each, and exits with 2 if anything is.
"""

import asyncio
import logging
import os
import sys
from functools import partial

from sink.backend import Backend
from sink.loop import Loop
from sink.settings import BadSettings, Settings
from wire import files, log, presence, supervision, transports
from wire.home import HomeError, InUse
from wire.transports import zeromq

_BAD_USAGE = 2
_IN_USE = 1


def main() -> int:
    checks = sys.argv[1:] == ["--check"]
    log.configure("sink")
    supervised = supervision.from_environment()
    try:
        settings = Settings.read(os.environ)
        settings.home.prepare()
        transport = zeromq.transport(settings.home, settings.transport)
        if checks:
            return 0
        # Before any socket is bound: a second bind on the same path would take the first one's traffic in silence.
        lock = settings.home.lock("sink")
    except InUse as error:
        log.last_words("sink", f"A sink runs on this home already: {error}")
        return _IN_USE
    except (BadSettings, HomeError, transports.BadAddress) as error:
        if checks:
            # Lines that whoever asked is going to read, not a log.
            sys.stderr.write(f"{error}\n")
        else:
            log.last_words("sink", str(error))
        return _BAD_USAGE
    files.as_many_as_allowed()
    log.conceal(settings.home.service_token())
    logging.getLogger("sink").info("sink.starts", extra={"pid": os.getpid(), "backend": settings.graphql_url})
    with lock:
        backend = Backend(settings.graphql_url, settings.home.service_token())
        code = asyncio.run(Loop(backend, transport, supervised, partial(presence.show, lock)).run())
        transport.close()
        logging.shutdown()
        # A call that is still in flight holds its thread: nothing that it could bring is lost by not waiting for it.
        os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
