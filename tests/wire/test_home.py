"""The data folder: its secrets, its locks and its sockets."""

import os
import secrets
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from wire.home import Home, HomeError, InUse

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def _mode(path):
    return path.stat().st_mode & 0o777


def _holder(home, name="backend"):
    code = """
import sys
from pathlib import Path
from wire.home import Home
lock = Home(Path(sys.argv[1])).lock(sys.argv[2])
print("held", flush=True)
input()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(home.path), name],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_home_is_where_the_variable_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert Home.from_environment({"ZONDA_HOME": "/data"}).path == Path("/data")
    assert Home.from_environment({"ZONDA_HOME": "data"}).path == tmp_path / "data"
    assert Home.from_environment({"ZONDA_HOME": ""}).path == tmp_path / ".zonda"
    assert Home.from_environment({"ZONDA_HOME": " "}).path == tmp_path / ".zonda"
    assert Home.from_environment({"ZONDA_HOME": " data"}).path == tmp_path / " data"
    assert Home.from_environment({}).database == tmp_path / ".zonda" / "zonda.sqlite3"


def test_nothing_in_a_prepared_home_is_for_others(home):
    umask = os.umask(0)
    try:
        home.prepare()
    finally:
        os.umask(umask)

    assert {path.name: _mode(path) for path in (home.path, *home.path.iterdir())} == {
        "home": 0o700,
        "logs": 0o700,
        "run": 0o700,
        "sockets": 0o700,
        "secret-key": 0o600,
        "service-token": 0o600,
    }


def test_a_folder_that_was_open_to_others_is_closed(home):
    (home.path / "sockets").mkdir(parents=True)
    home.path.chmod(0o777)
    (home.path / "sockets").chmod(0o777)

    home.prepare()

    assert (_mode(home.path), _mode(home.path / "sockets")) == (0o700, 0o700)


def test_preparing_again_changes_no_secret(home):
    home.prepare()
    before = (home.secret_key(), home.service_token())

    home.prepare()

    assert (home.secret_key(), home.service_token()) == before
    assert len(set(before)) == 2
    assert all(len(secret) >= 40 for secret in before)


def test_threads_that_make_one_secret_agree(home):
    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(lambda _: home.service_token(), range(16)))

    assert made == {(home.path / "service-token").read_text()}
    assert [path.name for path in home.path.iterdir()] == ["service-token"], "nothing is left behind"


def test_who_comes_second_takes_the_secret_of_the_first(home, monkeypatch):
    home.path.mkdir()
    first: list[str] = []
    make = secrets.token_urlsafe

    def overtaken(size):
        monkeypatch.undo()
        first.append(home.service_token())
        return make(size)

    monkeypatch.setattr(secrets, "token_urlsafe", overtaken)

    assert [home.service_token()] == first == [home.service_token()]


def test_processes_that_make_one_secret_agree(home):
    code = "import sys; from pathlib import Path; from wire.home import Home; input(); h = Home(Path(sys.argv[1]));"
    code += "h.prepare(); print(h.service_token(), h.secret_key())"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(home.path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()

    assert {process.communicate(timeout=30)[0] for process in processes} == {
        f"{home.service_token()} {home.secret_key()}\n"
    }


@pytest.mark.parametrize("text", ["", "\n", "  "])
def test_an_empty_secret_is_none(home, text):
    home.prepare()
    (home.path / "service-token").write_text(text)

    with pytest.raises(HomeError, match="service-token is empty: delete it"):
        home.service_token()


def test_a_home_that_is_no_folder_is_named(tmp_path):
    (tmp_path / "home").write_text("")

    with pytest.raises(HomeError, match=f"ZONDA_HOME={tmp_path}/home cannot be used"):
        Home(tmp_path / "home").prepare()
    with pytest.raises(HomeError, match="cannot be used"):
        Home(tmp_path / "home").lock("backend")


def test_sockets_are_in_the_home_while_their_path_fits(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with TemporaryDirectory(dir="/tmp") as short:
        longest = 100 - len("/sockets/W999999")
        fits = Home(Path(short) / ("x" * (longest - len(short) - 1)))
        too_long = Home(fits.path.with_name(fits.path.name + "x"))
        for home in (fits, too_long):
            home.prepare()

        assert len(os.fsencode(fits.sockets() / "W999999")) == 100
        assert fits.sockets() == fits.path / "sockets"
        assert too_long.sockets().parent == tmp_path


def test_sockets_of_a_long_path_are_in_a_folder_that_the_home_names(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    home = Home(tmp_path / ("é" * 60))
    home.prepare()

    folder = home.sockets()

    assert (home.path / "sockets.path").read_text() == str(folder)
    assert folder.parent == tmp_path
    assert len(os.fsencode(folder / "W999999")) <= 107
    assert (_mode(folder), home.wake) == (0o700, folder / "wake")
    assert Home(home.path).sockets() == folder


def test_a_folder_of_sockets_that_is_somebody_elses_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    home = Home(tmp_path / ("x" * 100))
    home.prepare()
    folder = home.sockets()
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(HomeError, match="belongs to somebody else"):
        home.sockets()


def test_a_lock_is_held_by_one_process_which_is_named(home):
    home.prepare()
    with _holder(home) as holder:
        with pytest.raises(InUse, match=f"backend.lock is held by process {holder.pid}") as refused:
            home.lock("backend")
        assert refused.value.pid == holder.pid
        home.lock("sink").close()
        holder.communicate("\n")


def test_a_lock_ends_with_its_holder_however_that_ends(home):
    home.prepare()
    with _holder(home) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.wait()

    with home.lock("backend") as lock:
        lock.seek(0)
        assert lock.read() == str(os.getpid())


def test_a_lock_is_held_until_its_file_is_closed(home):
    home.prepare()
    with home.lock("backend"), pytest.raises(InUse) as refused:
        home.lock("backend")

    assert refused.value.pid == os.getpid()
    home.lock("backend").close()


def test_a_holder_that_left_no_word_is_unknown(home):
    home.prepare()
    with home.lock("backend") as lock:
        lock.truncate(0)

        with pytest.raises(InUse, match="held by process unknown") as refused:
            home.lock("backend")

    assert refused.value.pid == 0
