"""One stretch of source, and what stands in its place."""

import inspect
import textwrap
from dataclasses import dataclass
from typing import Any

import pytest

from backend.ventilator import choosing


@dataclass(frozen=True)
class Mutant:
    """`name` says what goes wrong when one stretch of the source of `where` is replaced; `faults` bring it to light.

    `breaks` are the promises of which one must be seen broken: what is noticed for another reason is not understood.
    """

    name: str
    owner: Any
    where: str
    old: str
    new: str
    faults: tuple[str, ...]
    breaks: tuple[str, ...]

    def seed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put a copy of the function with the stretch replaced in its place, wherever it was imported to."""
        original = inspect.getattr_static(self.owner, self.where)
        function: Any = original.fget if isinstance(original, property) else original
        source = textwrap.dedent(inspect.getsource(function))
        found = source.count(self.old)
        assert found == 1, f"{self.old!r} stands {found} times in {self.where}"
        scope: dict[str, Any] = {}
        exec(source.replace(self.old, self.new), function.__globals__, scope)  # noqa: S102
        monkeypatch.setattr(self.owner, self.where, scope[self.where])
        if self.owner is choosing:
            monkeypatch.setattr("tests.simulation.ventilator.choose", scope[self.where])
