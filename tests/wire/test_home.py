import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from wire.home import Held, Home, HomeError

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys
from pathlib import Path
from wire.home import Home
lock = Home(Path(sys.argv[1])).lock("sink")
print("held", flush=True)
sys.stdin.read()
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "z")
    home.prepare()
    return home


def test_a_home_is_taken_from_the_environment_or_is_zonda_here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    assert Home.from_environment({}).path == tmp_path / ".zonda"
    assert Home.from_environment({"ZONDA_HOME": ""}).path == tmp_path / ".zonda"
    assert Home.from_environment({"ZONDA_HOME": "there"}).path == tmp_path / "there"
    assert Home.from_environment({"ZONDA_HOME": "/srv/z"}).path == Path("/srv/z")


def test_a_prepared_home_is_for_its_owner_only(home):
    for folder in (home.path, home.path / "logs", home.path / "run", home.sockets()):
        assert mode(folder) == 0o700
    for secret in ("service-token", "secret-key"):
        assert mode(home.path / secret) == 0o600
    home.prepare()


def test_secrets_are_long_differ_and_stay(home):
    token, key = home.service_token(), home.secret_key()

    assert len(token) >= 43
    assert token != key
    assert (home.service_token(), home.secret_key()) == (token, key)


def test_an_unusable_home_is_named(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(HomeError, match="ZONDA_HOME="):
        Home(tmp_path / "file").prepare()


def test_a_path_too_long_for_sockets_moves_them_and_says_where(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    home = Home(tmp_path / ("x" * 100))
    home.prepare()

    assert home.sockets() == Path((home.path / "sockets.path").read_text())
    assert home.sockets().parent == tmp_path
    assert mode(home.sockets()) == 0o700


def test_a_lock_names_its_holder_and_goes_with_it(home):
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            HOLD,
            str(home.path),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"

        with pytest.raises(Held) as caught:
            home.lock("sink")
        assert caught.value.pid == holder.pid
        with home.lock("ventilator"):
            pass
        holder.kill()
        holder.wait(10)

    with home.lock("sink") as mine:
        assert (home.path / "sink.lock").read_text() == str(os.getpid())
        assert mine.fileno() >= 0
