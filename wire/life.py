"""What ends a process that runs an event loop: its own word, a signal, the loss of its supervisor, or a fault."""

import asyncio
import logging
import signal
from collections.abc import Callable
from typing import Any, Final

from wire.supervision import Supervision

_FAULTY: Final = 1
_ORPHANED: Final = 1


class Life:
    """The life of one process, from here on, on the event loop that runs.

    `stop` is called at each SIGTERM, SIGINT or SIGHUP. `name` is the process's in the log.
    """

    def __init__(self, name: str, supervision: Supervision, stop: Callable[[], None]) -> None:
        self._name = name
        self._log = logging.getLogger(name)
        self._supervision = supervision
        self._stop = stop
        self._loop = asyncio.get_running_loop()
        self._exit: asyncio.Future[int] = self._loop.create_future()
        self._loop.set_exception_handler(self._failed)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            self._loop.add_signal_handler(number, self._signalled, number)
        self._lifeline = supervision.fileno()
        if self._lifeline >= 0:
            self._loop.add_reader(self._lifeline, self._look_at_lifeline)

    def rests_on(self, task: "asyncio.Task[None]") -> None:
        """End with the fault of this task, should it have one."""
        task.add_done_callback(self._task_ended)

    @property
    def over(self) -> bool:
        """Whether there is an exit code: nothing is to be begun any more."""
        return self._exit.done()

    def end(self, code: int) -> None:
        """End with this exit code, unless another came first."""
        if not self._exit.done():
            self._exit.set_result(code)

    async def ended(self) -> int:
        """The exit code, once there is one. The supervisor is not looked after any more."""
        try:
            return await self._exit
        finally:
            self._let_go()

    def _let_go(self) -> None:
        if self._lifeline >= 0:
            self._loop.remove_reader(self._lifeline)

    def _signalled(self, number: int) -> None:
        self._log.info("stop.asked", extra={"signal": signal.Signals(number).name})
        self._stop()

    def _look_at_lifeline(self) -> None:
        if self._supervision.gone():
            self._log.warning("supervisor.gone")
            self._let_go()
            self.end(_ORPHANED)

    def _task_ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()):
            self._failed(self._loop, {"message": "a task failed", "exception": error})

    def _failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A fault in this process leaves nothing to rely on: end, and be started again."""
        self._log.error(f"{self._name}.failed", extra={"what": context["message"]}, exc_info=context.get("exception"))
        self.end(_FAULTY)
