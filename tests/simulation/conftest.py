"""Tells at the end which mutants there were, and what caught them."""

import pytest


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
