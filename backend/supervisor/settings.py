"""What there is to supervise: the processes of one Zonda, their commands and their environment."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from backend.door import usage
from backend.supervisor.machine import Role, Stage
from wire.environment import given, in_url

DEV_PAGE: Final = "http://127.0.0.1:5173"  # where Vite serves the page with --dev


@dataclass(frozen=True, slots=True)
class Process:
    """A process to keep running, and how it is started."""

    role: Role
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """What follows from the start that was asked for."""

    asked: usage.Start
    mirrored: bool = False
    """Tasks are copied to a Redis."""

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{in_url(self.asked.host)}:{self.asked.port}/"

    @property
    def ready_line(self) -> str:
        """What is printed once everything is ready."""
        ready = f"Zonda is ready: {self.url}"
        return f"{ready}\nThe page with hot reload: {DEV_PAGE}/" if self.asked.dev else ready

    def processes(self) -> list[Process]:
        """All of Zonda's processes."""
        return [
            Process(Role("backend", Stage.REST), _module("backend.config.server")),
            Process(Role("ventilator", Stage.REST), (sys.executable, "backend/manage.py", "ventilator")),
            # Last, with the record: the outcomes that come while workers end are copied too.
            *([Process(Role("mirror", Stage.REST), (sys.executable, "backend/manage.py", "mirror"))] * self.mirrored),
            Process(Role("sink", Stage.SINK), _module("sink")),
            *(
                Process(Role(name, Stage.WORKERS), _module("workers"), {"ZONDA_WORKER_NAME": name})
                for name in (f"worker-{number}" for number in range(1, self.asked.workers + 1))
            ),
            *([self._page()] if self.asked.dev else []),
        ]

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """What every process finds in its environment, besides what it was given itself."""
        found = {
            **inherited,
            "ZONDA_GRAPHQL_URL": given(inherited, "ZONDA_GRAPHQL_URL") or f"{self.url}graphql",
            "ZONDA_HOST": self.asked.host,
            "ZONDA_PORT": str(self.asked.port),
            "PYTHONUNBUFFERED": "1",  # the last words of a process that is killed belong in its log
        }
        if self.asked.dev:
            found["ZONDA_CORS_ORIGINS"] = ",".join(filter(None, [given(inherited, "ZONDA_CORS_ORIGINS"), DEV_PAGE]))
        return found

    def _page(self) -> Process:
        return Process(
            # It is a program of others, which says nothing to a supervisor and knows no lifeline: the tether does.
            Role("page", Stage.REST, awaited=False),
            _module(
                "backend.supervisor.tether",
                *("npm", "--prefix", "frontend", "run", "dev", "--"),
                *("--host", "127.0.0.1", "--port", DEV_PAGE.rpartition(":")[2], "--strictPort"),
            ),
            {"ZONDA_URL": self.url},
        )


def _module(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name, *arguments)
