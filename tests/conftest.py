"""Rules that hold for every test: no TCP outside of tests of whole processes, and nothing outlives its test."""

import gc
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support import shared

_TESTS: Final = Path(__file__).parent
_FOLDER_MARKS: Final = {
    "system": pytest.mark.system,
    "simulation": pytest.mark.simulation,
    "browser": pytest.mark.browser,
}
_PATIENCE: Final = 2.0  # seconds in which threads and processes that were told to end may still do so

# Images of containers set it. Then this process and each of thousands that tests start would compile all modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_configure() -> None:
    # A shell has them ignored in what it runs in the background, and so would be every process that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(_TESTS).parts[0] if item.path.is_relative_to(_TESTS) else ""
        if folder in _FOLDER_MARKS:
            item.add_marker(_FOLDER_MARKS[folder])


def pytest_collection_finish() -> None:
    # Modules and tests stay to the end. Each look for garbage, of which there is one after many a test, is spared them.
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Keep Django from writing its permissions anew after each test that commits: nothing of ours reads them."""
    from django.contrib.contenttypes.management import create_contenttypes
    from django.db.models.signals import post_migrate

    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")


@pytest.fixture(autouse=True)
def no_tcp(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that opens TCP, unless it is one of whole processes."""
    if request.node.get_closest_marker("system") or request.node.get_closest_marker("browser"):
        return

    def guarded(method: Callable[..., Any]) -> Callable[..., Any]:
        def guard(self: socket.socket, *arguments: Any) -> Any:
            if self.family in {socket.AF_INET, socket.AF_INET6}:
                pytest.fail(f"{method.__name__}{arguments}: a test outside tests/system opens TCP")
            return method(self, *arguments)

        return guard

    for name in ("bind", "connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))


@pytest.fixture(autouse=True)
def no_leaks() -> Iterator[None]:
    """Fail a test that leaves a thread, a child process or a socket behind."""
    before = _alive()
    yield
    deadline = time.monotonic() + _PATIENCE
    turn = 0
    while (left := _alive() - before) and time.monotonic() < deadline:
        # Garbage of the test is mostly young. To go through all there is takes as long as ten tests.
        gc.collect(min(turn, 2))
        turn += 1
        threading.Event().wait(0.005 * turn)
    assert not left, f"outlive the test: {', '.join(sorted(left))}"


# Before and after each of thousands of tests: by `os`, which takes a third of what `pathlib` does.
def _alive() -> set[str]:
    threads = {
        f"thread {thread.name} ({thread.ident})" for thread in threading.enumerate() if thread not in shared.threads
    }
    return threads | _child_processes() | _sockets()


def _child_processes() -> set[str]:
    # A thread that ends while it is looked at has no children left to tell of.
    found = set()
    for thread in os.listdir("/proc/self/task"):  # noqa: PTH208
        try:
            with open(f"/proc/self/task/{thread}/children") as listed:  # noqa: PTH123
                found |= {f"process {pid}" for pid in listed.read().split() if int(pid) not in shared.processes}
        except FileNotFoundError:
            continue
    return found


def _sockets() -> set[str]:
    found = set()
    for descriptor in os.listdir("/proc/self/fd"):  # noqa: PTH208
        try:
            target = os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115
        except FileNotFoundError:
            continue
        if target.startswith("socket:"):
            found.add(target)
    return found
