"""`python -m client` as a process."""

import builtins

import pytest

from client.__main__ import main


def test_ctrl_c_while_it_still_loads_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    load = builtins.__import__

    def interrupted(name: str, *arguments: object) -> object:
        if name == "client.command":
            raise KeyboardInterrupt
        return load(name, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", interrupted)

    assert main() == 130
