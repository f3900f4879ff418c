"""The data folder: where the processes of one Zonda find its database, sockets, locks and secrets.

HomeError    the folder cannot be used; the message says which and why
└── InUse    another process holds one of its locks
"""

import fcntl
import os
import secrets
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

# 107 bytes is what the kernel takes; the longest name in the folder is "control" or "W999999".
_LONGEST_SOCKET_PATH = 100

_TRIES = 6
_BETWEEN_TRIES = 0.02  # seconds


class HomeError(Exception):
    """The data folder cannot be used."""


class InUse(HomeError):
    """Another process holds the lock; `pid` is its own word for who it is, 0 when it left none."""

    def __init__(self, path: Path, pid: int) -> None:
        super().__init__(f"{path} is held by process {pid or 'unknown'}")
        self.pid = pid


@dataclass(frozen=True, slots=True)
class Home:
    """`$ZONDA_HOME`, by default `.zonda` under the current folder."""

    path: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Home":
        # Not stripped, only looked at: blanks are a part of a path.
        path = environ.get("ZONDA_HOME", "")
        return cls(Path(path if path.strip() else ".zonda").absolute())

    def prepare(self) -> None:
        """Make the folder, its secrets and its socket folder where missing, none readable by others."""
        try:
            for folder in (self.path, self.path / "logs", self.path / "run"):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.chmod(0o700)
            self.service_token()
            self.secret_key()
            self.sockets()
        except OSError as error:
            raise HomeError(f"ZONDA_HOME={self.path} cannot be used: {error}") from error

    @property
    def database(self) -> Path:
        return self.path / "zonda.sqlite3"

    def service_token(self) -> str:
        """The bearer token for `reportAttempts`, made at the first call."""
        return _secret(self.path / "service-token")

    def secret_key(self) -> str:
        """Django's SECRET_KEY, made at the first call."""
        return _secret(self.path / "secret-key")

    def sockets(self) -> Path:
        """The folder of the `ipc://` sockets, mode 0700.

        Where its path would grow too long it is a folder under the system's temporary one, named in `sockets.path`.
        """
        folder = self.path / "sockets"
        if len(os.fsencode(folder / "W999999")) > _LONGEST_SOCKET_PATH:
            digest = sha256(os.fsencode(self.path)).hexdigest()[:16]
            folder = Path(tempfile.gettempdir()) / f"zonda-{os.getuid()}-{digest}"
            _write_whole(self.path / "sockets.path", str(folder))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid != os.getuid():
            raise HomeError(f"{folder} belongs to somebody else: remove it, or choose a shorter ZONDA_HOME")
        folder.chmod(0o700)
        return folder

    @property
    def wake(self) -> Path:
        """The datagram socket that tells the ventilator to look at the record."""
        return self.sockets() / "wake"

    def lock(self, name: str) -> IO[str]:
        """Hold `<name>.lock` of this home for as long as the returned file is open; InUse when another process does."""
        path = self.lock_file(name)
        try:
            file = path.open("a+")
        except OSError as error:
            raise HomeError(f"ZONDA_HOME={self.path} cannot be used: {error}") from error
        for left in reversed(range(_TRIES)):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                # Somebody may just be looking whether it is held.
                if left:
                    time.sleep(_BETWEEN_TRIES)
                    continue
                pid = _pid(file)
                file.close()
                raise InUse(path, pid) from error
        try:
            # Not by the file's own buffer, which would try again when it is closed.
            file.truncate(0)
            os.write(file.fileno(), str(os.getpid()).encode())
        except OSError:
            # On a full disk nobody learns who holds it. It is held all the same.
            return file
        return file

    def lock_file(self, name: str) -> Path:
        """The file of the lock of this name."""
        return self.path / f"{name}.lock"

    def holder(self, name: str) -> int | None:
        """The pid of the process that holds `<name>.lock`, by its own word (0 when it left none); None when none does.

        The lock is shared for the moment of the look, so that those who look do not take each other for a holder.
        """
        try:
            file = self.lock_file(name).open()
        except FileNotFoundError:
            return None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _pid(file)
            return None


def _pid(file: IO[str]) -> int:
    file.seek(0)
    text = file.read().strip()
    return int(text) if text.isdigit() else 0


def _secret(path: Path) -> str:
    """The text of a secret file, written whole and linked into place, so that two processes that make it agree."""
    try:
        return _read_secret(path)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        return _read_secret(path)


def _read_secret(path: Path) -> str:
    if text := path.read_text().strip():
        return text
    # With an empty token or key, whoever sends none would be let in.
    raise HomeError(f"{path} is empty: delete it, and it is made anew")


def _write_whole(path: Path, text: str) -> None:
    if path.exists() and path.read_text() == text:
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text)
    fresh.replace(path)
