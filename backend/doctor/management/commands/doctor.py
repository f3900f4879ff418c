"""`manage.py doctor`: is everything in order with this record and what is around it?"""

import json
import sys
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from backend.doctor.examination import Examined, examine
from backend.doctor.findings import Severity
from backend.environment import environment


class Command(BaseCommand):
    """Check the invariants of the record and its surroundings; exits with 1 if something that must hold does not."""

    help = "Check the invariants of the record and its surroundings; exits with 1 if something that must hold does not."
    # The doctor says itself what is wrong, in the order in which it is to be mended.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object instead of words")

    def handle(self, *args: Any, **options: Any) -> None:
        path = environment.database
        holder = environment.home.holder("zonda")
        # To open it would make it.
        found = examine(environment) if path.exists() else iter(())
        if options["json"]:
            examined = list(found)
            self.stdout.write(json.dumps({"record": str(path), "running": holder, **_as_json(examined)}, indent=2))
        else:
            state = "nothing runs on it" if holder is None else f"process {holder} runs it"
            self.stdout.write(
                f"{path}: {state if path.exists() else 'there is no record yet, and so nothing to check'}"
            )
            examined = [self._tell(one) for one in found]
            self.stdout.write(_summary(examined))
        breaches = _breaches(examined)
        if breaches:
            sys.exit(1)

    def _tell(self, one: Examined) -> Examined:
        """Say it at once: on a large record the next one takes seconds."""
        if not one.findings:
            self.stdout.write(f"ok       {one.check.number:<11} {one.check.says}")
        for finding in one.findings:
            mark = "BREACH" if finding.severity is Severity.BREACH else "warning"
            self.stdout.write(f"{mark:<8} {one.check.number:<11} {finding.what}")
            if finding.where:
                self.stdout.write(f"{'':21}where: {', '.join(finding.where)}")
            self.stdout.write(f"{'':21}do:    {finding.do}")
        self.stdout.flush()
        return one


def _breaches(examined: Sequence[Examined]) -> int:
    return sum(finding.severity is Severity.BREACH for one in examined for finding in one.findings)


def _summary(examined: Sequence[Examined]) -> str:
    breaches = _breaches(examined)
    warnings = sum(len(one.findings) for one in examined) - breaches
    kept = sum(not one.findings for one in examined)
    return f"{kept} checks found nothing, {breaches} breaches, {warnings} warnings"


def _as_json(examined: Sequence[Examined]) -> dict[str, Any]:
    return {
        "ok": not any(one.broken for one in examined),
        "checks": [
            {
                "check": one.check.number,
                "holds": not one.broken,
                "says": one.check.says,
                "findings": [
                    {"severity": f.severity, "what": f.what, "where": list(f.where), "do": f.do} for f in one.findings
                ],
            }
            for one in examined
        ],
    }
