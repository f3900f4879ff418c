"""What the doctor finds in a Zonda that is under attack."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from backend.doctor.findings import Severity
from tests.support.stack import ROOT


@dataclass(frozen=True, slots=True)
class Found:
    """A breach: `check` is the number of the invariant, or "doctor" where the doctor itself could not say."""

    check: str
    what: str
    where: str

    def __str__(self) -> str:
        return f"{self.check}: {self.what} {self.where}"


def examine(environment: Mapping[str, str]) -> list[Found]:
    """Every breach that `./RUN.sh doctor` finds with this environment."""
    command = [sys.executable, "backend/manage.py", "doctor", "--json"]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    try:
        checks = json.loads(ran.stdout)["checks"]
    except ValueError:
        return [Found("doctor", "said nothing that can be read:", ran.stderr)]
    found = [
        Found(check["check"], finding["what"], ", ".join(finding["where"]))
        for check in checks
        for finding in check["findings"]
        if finding["severity"] == Severity.BREACH
    ]
    if ran.returncode != 0 and not found:
        found.append(Found("doctor", f"exited with {ran.returncode} and told no breach:", ran.stderr))
    return found
