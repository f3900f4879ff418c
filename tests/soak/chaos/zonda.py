"""The Zonda that the storm is let loose on: its processes, and a link wherever two of them meet."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Final

from tests.support.links import Link, free_ports
from tests.support.parts import Part
from tests.support.roles import Roles
from tests.support.stack import free_port

_STATUS, _CONTROL, _RESULTS, _SEATS = 1, 2, 3, 10
"""What `wire/PROTOCOL.md` adds to the port for each topic, and for W0."""

_SEATS_AT_MOST: Final = 24
_PORTS_EACH: Final = _SEATS + _SEATS_AT_MOST + 1


class Besieged(Roles):
    """Backend, ventilator, sink and workers, each started again whenever it has ended.

    A worker's processes have its life in their environment, as in `worker-2/7`: which start of which worker they are.
    """

    def __init__(self, home: Path, workers: int, environment: Mapping[str, str]) -> None:
        names = ["backend", "ventilator", "sink", *(f"worker-{number}" for number in range(1, workers + 1))]
        super().__init__(home, environment, names)
        self.lives: dict[int, str] = {}
        """By pid, of every process that there ever was."""
        self._of: dict[str, Mapping[str, str]] = {}
        self._lives = count(1)

    def give(self, name: str, environment: Mapping[str, str]) -> None:
        """What this role alone finds in its environment."""
        self._of[name] = environment

    def begin(self, name: str, *, prefix: tuple[str, ...] = (), environment: Mapping[str, str] | None = None) -> Part:
        life = f"{name}/{next(self._lives)}"
        own = {**self._of.get(name, {}), **(environment or {}), "CHAOS_LIFE": life}
        part = super().begin(name, prefix=prefix, environment=own)
        self.lives[part.pid] = life
        return part

    @property
    def workers(self) -> list[str]:
        return [name for name in self.names if name.startswith("worker-")]

    def life(self, name: str) -> str:
        """The life of the process that has this role now."""
        return self.lives[self.pid(name)]


@contextmanager
def besieged(home: Path, record: Path, workers: int, slots: int) -> Iterator[tuple[Besieged, Mapping[str, Link]]]:
    """It, with every role ready, and its links by the two whom each connects, as in `worker-1–ventilator`."""
    first = free_ports(_PORTS_EACH * (workers + 2))
    ventilator, sink, *of_workers = (first + _PORTS_EACH * number for number in range(workers + 2))
    environment = {
        "ZONDA_APPS": "tests.soak.chaos",
        "ZONDA_SLOTS": str(slots),
        "ZONDA_TRANSPORT": _transport(ventilator),
        "DATABASE_URL": f"sqlite:///{record}",
    }
    zonda = Besieged(home, workers, environment)
    http = free_port()
    with ExitStack() as stack:
        links = {
            "sink–backend": Link({http: zonda.port}),
            "sink–ventilator": Link({sink + _STATUS: ventilator + _STATUS}),
        }
        zonda.give(
            "sink",
            {"ZONDA_TRANSPORT": _transport(sink), "ZONDA_GRAPHQL_URL": f"http://127.0.0.1:{http}/graphql"},
        )
        topics = (_STATUS, _CONTROL, *range(_SEATS + 1, _SEATS + _SEATS_AT_MOST + 1))
        for name, here in zip(zonda.workers, of_workers, strict=True):
            links[f"{name}–ventilator"] = Link({here + topic: ventilator + topic for topic in topics})
            links[f"{name}–sink"] = Link({here + _RESULTS: sink + _RESULTS})
            zonda.give(name, {"ZONDA_TRANSPORT": _transport(here)})
        for link in links.values():
            stack.enter_context(link)
        stack.enter_context(zonda)
        yield zonda, links


def _transport(port: int) -> str:
    return f"zeromq+tcp://127.0.0.1:{port}"
