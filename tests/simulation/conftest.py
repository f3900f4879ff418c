"""What the histories share; and at the end which mutants there were, and what caught them."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="package")
def seldom_collected() -> Iterator[None]:
    """A history is one heap of cycles until it has ended: to look through it earlier costs a twelfth of the time."""
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, *usual[1:])
    yield
    gc.set_threshold(*usual)
    gc.unfreeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    caught = [
        value
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == "mutant"
    ]
    survived = sum("test_the_histories_notice_when" in one.nodeid for one in terminalreporter.getreports("failed"))
    if not caught and not survived:
        return
    terminalreporter.section("mutants of the simulation")
    terminalreporter.line("seed  breaks  what was broken on purpose")
    for name, seed, number in sorted(caught):
        terminalreporter.line(f"{seed:>4}  {number:<6}  {name}")
    terminalreporter.line(f"{len(caught)} mutants were caught, {survived} survived")
