"""`python -m client` as a process."""

import builtins
import signal
import sys
from collections.abc import Callable, Iterator

import pytest

from client.__main__ import main


@pytest.fixture(autouse=True)
def python_s_own_handler() -> Iterator[None]:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, signal.default_int_handler)


def while_it_loads(monkeypatch: pytest.MonkeyPatch, do: Callable[[], None]) -> None:
    load = builtins.__import__

    def imported(name: str, *arguments: object) -> object:
        if name == "client.command":
            do()
        return load(name, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", imported)


def test_ctrl_c_while_it_still_loads_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    while_it_loads(monkeypatch, interrupted)

    assert main() == 130


def test_what_ctrl_c_leaves_half_made_complains_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    complaints: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)

    class HalfMade:
        def __del__(self) -> None:
            raise AttributeError("'HTTPResponse' object has no attribute 'fp'")

    def interrupted() -> None:
        half_made = HalfMade()
        signal.raise_signal(signal.SIGINT)
        del half_made

    while_it_loads(monkeypatch, interrupted)

    assert main() == 130
    assert complaints == []


def test_who_is_to_ignore_ctrl_c_ignores_it(monkeypatch: pytest.MonkeyPatch) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while_it_loads(monkeypatch, lambda: None)
    monkeypatch.setattr(sys, "argv", ["client", "nonsense"])

    with pytest.raises(SystemExit):
        main()

    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
