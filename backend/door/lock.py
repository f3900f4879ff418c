"""Pipfile.lock in the words of pip: what is installed, pinned and with its hashes, without pipenv on the machine."""

import json
from collections.abc import Iterable
from pathlib import Path


def requirements(lock: Path, categories: Iterable[str]) -> str:
    """The text of a pip requirements file with the packages of these categories of the lock (`default`, `develop`)."""
    content = json.loads(lock.read_text(encoding="utf-8"))
    lines: dict[str, str] = {}
    for category in categories:
        for name, pin in content[category].items():
            lines[name] = _requirement(name, pin)
    return "".join(f"{line}\n" for line in lines.values())


def _requirement(name: str, pin: dict[str, object]) -> str:
    extras = ",".join(_strings(pin.get("extras")))
    parts = [f"{name}[{extras}]{pin['version']}" if extras else f"{name}{pin['version']}"]
    if "markers" in pin:
        parts.append(f"; {pin['markers']}")
    parts += [f"--hash={digest}" for digest in _strings(pin.get("hashes"))]
    return " ".join(parts)


def _strings(value: object) -> list[str]:
    return [str(entry) for entry in value] if isinstance(value, list) else []
