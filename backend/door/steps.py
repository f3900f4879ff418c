"""Set-up steps that are done once for each input: a stamp beside what a step made names the input it was made from."""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path


class StepFailed(Exception):
    """A set-up step did not work out; the message says which, and what it printed."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to make, from an input that has a digest."""

    title: str
    made: Path
    stamp: Path
    digest: str
    make: Callable[[], None]

    def is_done(self) -> bool:
        """Whether what stands there was made from this very input."""
        try:
            # A file without anything in it is what a program leaves that looked for one.
            return self.made.stat().st_size > 0 and self.stamp.read_text() == self.digest
        except OSError:
            return False


def do(step: Step, say: Callable[[str], None]) -> None:
    """Make what is missing or out of date, and say so with the seconds it took; no word when all is there."""
    if step.is_done():
        return
    step.stamp.unlink(missing_ok=True)
    began = time.monotonic()
    say(f"{step.title} …")
    step.make()
    step.stamp.parent.mkdir(parents=True, exist_ok=True)
    step.stamp.write_text(step.digest)
    say(f" {time.monotonic() - began:.1f} s\n")


def say(text: str) -> None:
    """To standard output at once: who waits for a step wants to read which one it is."""
    sys.stdout.write(text)
    sys.stdout.flush()


def run(command: Sequence[str | Path], cwd: Path, environment: Mapping[str, str] | None = None) -> None:
    """Run a command in silence; StepFailed with what it printed, should it fail."""
    try:
        ended = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=None if environment is None else {**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise StepFailed(f"{command[0]} cannot be run: {error}") from error
    if ended.returncode != 0:
        words = " ".join(str(part) for part in command)
        raise StepFailed(f"{ended.stdout.rstrip()}\n\n{words} failed with {ended.returncode}")


def digest(root: Path, files: Iterable[Path], *words: str) -> str:
    """One digest over these words and the names below root and contents of these files, in any order."""
    total = sha256()
    for word in words:
        total.update(f"{word}\0".encode())
    for file in sorted(set(files)):
        total.update(f"{os.path.relpath(file, root)}\0".encode())
        total.update(sha256(file.read_bytes()).digest())
    return total.hexdigest()


def files_below(folder: Path, *, leaving_out: frozenset[str] = frozenset()) -> Iterator[Path]:
    """Every file below a folder, but for the folders and files of these names."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in leaving_out]
        yield from (Path(parent, name) for name in names if name not in leaving_out)


@contextmanager
def one_at_a_time(root: Path) -> Iterator[None]:
    """Wait until no other process sets up the same checkout, and keep the others waiting meanwhile."""
    folder = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
