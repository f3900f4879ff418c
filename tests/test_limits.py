"""docs/limits.md says what the code does."""

import importlib
import re
from pathlib import Path

import pytest

from workers.output import LIVE_LINES

ROOT = Path(__file__).resolve().parents[1]
UNITS = {"KiB": 1024, "MiB": 1024 * 1024}
STATED = re.compile(r"(\d[\d,]*) ?(KiB|MiB)?([^()|]*?)\(`([\w.]+):(\w+)`\)")

ROWS = [
    (module, name, int(figure.replace(",", "")) * UNITS.get(unit, 1))
    for figure, unit, _, module, name in STATED.findall((ROOT / "docs/limits.md").read_text())
]


@pytest.mark.parametrize(("module", "name", "figure"), ROWS, ids=[f"{module}:{name}" for module, name, _ in ROWS])
def test_each_limit_is_what_is_said_of_it(module, name, figure):
    assert getattr(importlib.import_module(module), name) == figure


def test_every_constant_that_is_named_has_a_figure():
    named = re.findall(r"`[\w.]+:\w+`", (ROOT / "docs/limits.md").read_text())

    assert len(named) == len(ROWS) > 25


def test_the_page_knows_how_many_lines_come_while_an_attempt_runs():
    log = (ROOT / "frontend/src/features/task/log-lines.ts").read_text()
    (figure,) = re.findall(r"^const LIVE_LINES = ([\d_]+);$", log, re.MULTILINE)

    assert int(figure) == LIVE_LINES
