"""Commands that act on many tasks, by their ids or by a filter: retry, cancel, delete."""

from argparse import ArgumentParser
from collections.abc import Callable, Sequence

from client.client import Client
from client.command.arguments import Filtering, add_filter, add_ids
from client.command.command import WrongUse
from client.command.exits import Exit
from client.command.screen import Screen
from client.records import Filter, Status


class _Bulk(Filtering, frozen=True, kw_only=True):
    """Which tasks: by ids, or by a filter that has to be agreed to."""

    ids: Sequence[str]
    all: bool
    yes: bool

    @staticmethod
    def declare(parser: ArgumentParser) -> None:
        add_ids(parser, "*")
        add_filter(parser)
        parser.add_argument("--all", action="store_true", help="every one, whatever its name and queue")
        parser.add_argument("--yes", action="store_true", help="do not ask whether a filter is meant")

    def _act(
        self,
        screen: Screen,
        client: Client,
        does: Callable[[Sequence[str] | None, Filter | None], int],
        words: tuple[str, str],
        status: tuple[Status, ...],
    ) -> Exit:
        verb, done = words
        fits = self.filter(status=status)
        filtered = self.filter() != Filter()
        if bool(self.ids) + filtered + self.all != 1:
            raise WrongUse(f"say which tasks to {verb}: by ids, by a filter such as --name add, or --all of them")
        if self.ids:
            count = does(list(dict.fromkeys(self.ids)), None)
        elif self._agreed(client, screen, verb, fits):
            count = does(None, fits)
        else:
            screen.tell("Nothing was changed.")
            return Exit.INTERRUPTED
        if screen.as_json:
            screen.json({"count": count})
        else:
            screen.say(f"{count} {done}")
        return Exit.FAILED if count < len(set(self.ids)) else Exit.WELL

    def _agreed(self, client: Client, screen: Screen, verb: str, fits: Filter) -> bool:
        if self.yes:
            return True
        if not screen.interactive:
            raise WrongUse(f"nobody is there to be asked: add --yes to {verb} every task that fits")
        counts = client.counts(fits)
        many = "every task" if counts is None else f"{sum(getattr(counts, s.lower()) for s in fits.status)} tasks"
        return screen.confirm(f"{verb.capitalize()} {many} with {_told(fits)}?")


class Retry(_Bulk, frozen=True, kw_only=True):
    """have tasks run again that have ended: by ids, or every FAILED one that fits"""

    def run(self, client: Client, screen: Screen) -> Exit:
        return self._act(screen, client, client.retry, ("retry", "retried"), (Status.FAILED,))


class Cancel(_Bulk, frozen=True, kw_only=True):
    """cancel tasks that wait or run: by ids, or every one that fits"""

    def run(self, client: Client, screen: Screen) -> Exit:
        waiting_or_running = (Status.QUEUEING, Status.RUNNING)
        return self._act(screen, client, client.cancel, ("cancel", "cancelled"), waiting_or_running)


class Delete(_Bulk, frozen=True, kw_only=True):
    """delete tasks that have ended: by ids, or every one that fits"""

    def run(self, client: Client, screen: Screen) -> Exit:
        return self._act(screen, client, client.delete, ("delete", "deleted"), (Status.FAILED, Status.FINISHED))


def _told(fits: Filter) -> str:
    """The filter in words: `status FAILED and name add`."""
    kinds = {
        "status": fits.status,
        "reason": fits.reason,
        "name": fits.name,
        "queue": fits.queue,
        "worker": fits.worker,
        "search": (fits.search,) if fits.search else (),
    }
    return " and ".join(f"{kind} {' or '.join(values)}" for kind, values in kinds.items() if values)
