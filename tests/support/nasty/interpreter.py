"""Those of the nasty task functions that change what Python keeps for a whole process."""

import asyncio
import decimal
import logging
import logging.config
import os
import sys
import threading
import warnings
from typing import Never

from django.tasks import task

from tests.support.nasty.done import Done


@task
def change_logging() -> Never:
    """So that nobody is heard any more."""
    logging.disable(logging.CRITICAL)
    logging.getLogger().handlers.clear()
    raise Done("changed logging")


@task
def count_roughly() -> Never:
    """With three digits."""
    decimal.getcontext().prec = 3
    raise Done("counted roughly")


@task
def disable_loggers() -> Never:
    """All that there are, as `dictConfig` does unless it is told not to."""
    logging.config.dictConfig({"version": 1})
    raise Done("disabled loggers")


@task
def make_warnings_errors() -> Never:
    """Whoever warns."""
    warnings.simplefilter("error")
    raise Done("made warnings errors")


@task
def change_event_loops() -> Never:
    """So that there is none."""

    class Policy(asyncio.DefaultEventLoopPolicy):
        def new_event_loop(self) -> Never:
            raise RuntimeError("there is none")

    asyncio.set_event_loop_policy(Policy())
    raise Done("changed event loops")


@task
def take_finders_away() -> Never:
    """So that nothing more can be imported."""
    sys.meta_path.clear()
    raise Done("took finders away")


@task
def change_hooks() -> Never:
    """So that nobody hears of what goes wrong."""
    sys.excepthook = lambda *_: None
    sys.unraisablehook = lambda _: None
    threading.excepthook = lambda _: None
    raise Done("changed hooks")


@task
def write_without_waiting() -> Never:
    """And in another encoding."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="ascii", errors="strict")
    os.set_blocking(1, False)
    os.set_blocking(2, False)
    raise Done("wrote without waiting")
