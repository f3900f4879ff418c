"""The child processes as processes: started, talked to, waited for and killed. What they are for is the machine's."""

import asyncio
import logging
import os
import sys
from contextlib import ExitStack
from time import monotonic

from wire.messages import Grant
from wire.topics import Topic
from workers.descendants import kill_strays
from workers.events import ChildEnded, ChildHarmful
from workers.guard import PATIENCE
from workers.pool import LOADS_WITHIN
from workers.process import Ends, Happened, Process
from workers.settings import Settings
from workers.watch import LOOKS_EVERY, Watch
from workers.why import Why

log = logging.getLogger("workers.children")


class Children:
    """Every child process of this worker, by the machine's number for it; `happened` is told what happens to each."""

    def __init__(self, settings: Settings, happened: Happened) -> None:
        self._settings = settings
        self._happened = happened
        self._children: dict[int, Process] = {}
        self._lives: dict[int, asyncio.Task[None]] = {}
        self._guards: set[int] = set()
        self._being_started = 0
        self._watching: asyncio.Task[None] | None = None
        # Held open as long as this process lives, and inherited by nobody.
        self._lifeline, self._lifeline_held = os.pipe()
        self._journal = os.dup(2)

    def start(self, number: int) -> None:
        if self._watching is None:
            self._watching = asyncio.get_running_loop().create_task(self._watch())
        self._lives[number] = asyncio.get_running_loop().create_task(self._live(number))

    def run(self, number: int, grant: Grant, topic: Topic) -> None:
        # A child that has just died is told of by its end; what was written to it is lost with it.
        if child := self._children.get(number):
            child.run(grant, topic)

    def interrupt(self, number: int, fence: int, why: Why) -> None:
        if child := self._children.get(number):
            child.interrupt(fence, why)

    def retire(self, number: int) -> None:
        if child := self._children.get(number):
            child.retire()

    def kill(self, number: int) -> None:
        if child := self._children.get(number):
            child.kill()

    async def close(self) -> None:
        """Kill every child and what it has started, and wait until the children are gone."""
        if self._watching is not None:
            self._watching.cancel()
        for number, life in self._lives.items():
            if number in self._children:
                self.kill(number)
            else:
                # It is only just being started: asyncio ends it.
                life.cancel()
        await asyncio.gather(*self._lives.values(), return_exceptions=True)
        await self._clear_up()
        for descriptor in (self._lifeline, self._lifeline_held, self._journal):
            os.close(descriptor)

    async def _live(self, number: int) -> None:
        with ExitStack() as until_its_end:
            self._being_started += 1
            try:
                process, ends = await self._start_guard(number, until_its_end)
                self._guards.add(process.pid)
            except OSError as error:
                del self._lives[number]
                self._happened(ChildEnded(number, f"could not be started: {error}"))
                return
            finally:
                self._being_started -= 1
            child = Process(number, process, ends, self._happened)
            self._children[number] = child
            log.info("child.started", extra={"child": number, "pid": process.pid})
            code = await process.wait()
            self._guards.discard(process.pid)
            await self._clear_up()
            del self._children[number]
            how = child.end(code)
            log.info("child.ended", extra={"child": number, "pid": process.pid, "how": how, "task": child.task})
            del self._lives[number]
            self._happened(ChildEnded(number, how))

    async def _watch(self) -> None:
        watch = Watch()
        while True:
            # No event tells of a lock that is kept, nor of a process that is stopped.
            await asyncio.sleep(LOOKS_EVERY)
            for number, why in watch.look(self._children, monotonic()).items():
                self._happened(ChildHarmful(number, why))

    async def _start_guard(self, number: int, until_its_end: ExitStack) -> tuple[asyncio.subprocess.Process, Ends]:
        with Ends(until_its_end) as ends:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "workers.guard",
                str(ends.channel),
                str(ends.interrupts),
                str(ends.log),
                str(self._journal),
                str(self._lifeline),
                str(self._settings.max_payload),
                str(self._settings.slot_tasks),
                str(self._settings.slot_memory),
                str(LOADS_WITHIN),
                self._settings.entry_point,
                f"{self._settings.name}/{number}",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=ends.stdout,
                stderr=ends.stderr,
                pass_fds=(ends.channel, ends.interrupts, ends.log, self._journal, self._lifeline),
                start_new_session=True,
            )
        return process, ends

    async def _clear_up(self) -> None:
        """A guard clears up behind its child. If somebody has killed the guard, what it leaves is ours."""
        until = monotonic() + PATIENCE
        while monotonic() < until:
            # One that is being started is not known yet.
            if not self._being_started and not kill_strays(self._guards):
                return
            await asyncio.sleep(0.005)
