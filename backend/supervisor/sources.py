"""What `--dev` looks at: the Python files of the processes."""

from pathlib import Path

from backend.door.steps import files_below

_FOLDERS = ("backend", "workers", "sink", "wire")


def modification_times(root: Path) -> dict[str, int]:
    """When each Python file was last changed; two answers differ when code was edited, added or removed."""
    times = {}
    for folder in _FOLDERS:
        for file in files_below(root / folder, leaving_out=frozenset({"__pycache__"})):
            if file.suffix == ".py":
                # An editor replaces a file by renaming: for a moment it is not there.
                try:
                    times[str(file)] = file.stat().st_mtime_ns
                except FileNotFoundError:
                    continue
    return times
