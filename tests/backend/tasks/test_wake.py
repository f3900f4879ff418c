"""The hint that something is new in the record."""

from dataclasses import replace

import pytest

from backend.environment import environment
from backend.tasks import wake
from wire.home import Home


@pytest.fixture
def home(tmp_path, monkeypatch):
    found = Home(tmp_path / "home")
    found.prepare()
    monkeypatch.setattr("backend.tasks.wake.environment", replace(environment, home=found))
    return found


def test_who_listens_hears_each_hint(home):
    with wake.listen() as hints:
        wake.wake()
        wake.wake()

        assert hints.recv(16) == hints.recv(16) == b"!"
        with pytest.raises(BlockingIOError):
            hints.recv(16)


def test_a_new_listener_takes_the_place_of_a_former_one(home):
    with wake.listen() as former, wake.listen() as hints:
        wake.wake()

        assert hints.recv(16) == b"!"
        with pytest.raises(BlockingIOError):
            former.recv(16)


def test_a_hint_that_nobody_hears_is_lost(home):
    wake.wake()
    with wake.listen():
        pass
    wake.wake()


def test_hints_that_nobody_takes_are_lost_without_waiting(home):
    with wake.listen():
        for _ in range(2000):
            wake.wake()


def test_a_folder_that_cannot_be_used_loses_the_hint_and_no_more(home, tmp_path):
    (home.path / "sockets").rmdir()
    (home.path / "sockets").symlink_to(tmp_path)
    wake.wake()

    (home.path / "sockets").unlink()
    (home.path / "sockets").write_text("no folder")
    wake.wake()


def test_the_socket_is_in_a_folder_of_its_owners_alone(home):
    with wake.listen():
        assert home.sockets().stat().st_mode & 0o777 == 0o700
