"""Trouble for processes from outside: a small disk that can be filled, and system calls that fail or take long."""

import errno
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, Self

import pytest

from tests.support.waiting import wait_until


class SmallDisk:
    """A file system of so many MiB in memory, on this folder."""

    def __init__(self, path: Path, megabytes: int) -> None:
        self.path = path
        self._size = megabytes

    def __enter__(self) -> Self:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={self._size}m,mode=700", "tmpfs", str(self.path)]
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
        if mounted.returncode != 0:
            lacking(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
        return self

    def __exit__(self, *_: object) -> None:
        # Lazily: a process that is just ending may have a file open there.
        subprocess.run(["umount", "-l", str(self.path)], check=True)

    @contextmanager
    def filled(self) -> Iterator[None]:
        """To the last byte, inside."""
        filler = self.path / "filler"
        descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            for piece in (b"\0" * 65536, b"\0" * 64):
                _write_until_full(descriptor, piece)
            yield
        finally:
            os.close(descriptor)
            filler.unlink()


@contextmanager
def system_calls(pid: int, inject: str) -> Iterator[None]:
    """Inside, the calls of this process and all its threads are tampered with: `fsync,fdatasync:error=EIO`."""
    strace = shutil.which("strace")
    if strace is None:
        lacking("no strace on PATH; as root on Debian `./RUN.sh test` installs it")
    calls = inject.partition(":")[0]
    command = [strace, "-q", "-f", "-p", str(pid), "-e", f"trace={calls}", "-e", f"inject={inject}", "-o", "/dev/null"]
    tracer = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: tracer.poll() is not None or _traced(pid), 10, "strace has the process")
        if tracer.poll() is not None:
            lacking(f"strace cannot trace here: {(tracer.stderr.read() if tracer.stderr else b'').decode().strip()}")
        yield
    finally:
        # It lets go of the process; a kill would too, and might leave it stopped.
        tracer.send_signal(signal.SIGINT)
        tracer.communicate()


def lacking(what: str) -> NoReturn:
    """Skip the test, which is a failure with CI=true."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


def _traced(pid: int) -> bool:
    """Whether every thread has its tracer."""
    return all("TracerPid:\t0\n" not in (task / "status").read_text() for task in Path(f"/proc/{pid}/task").iterdir())


def _write_until_full(descriptor: int, piece: bytes) -> None:
    try:
        while True:
            os.write(descriptor, piece)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
