import asyncio
import fcntl
import os

import pytest

from wire import presence
from wire.home import Home, InUse
from wire.presence import MISSED_AFTER, Deposed, Signs, look, show


@pytest.fixture
def home(tmp_path):
    found = Home(tmp_path / "home")
    found.prepare()
    return found


def test_nobody_is_there_before_the_lock_is_taken_and_after_it_was_let_go(home):
    assert look(home, "sink") is None
    home.lock("sink").close()
    assert look(home, "sink") is None


def test_who_holds_the_lock_is_there(home):
    with home.lock("sink"):
        found = look(home, "sink")

    assert found is not None
    assert (found.pid, found.missed) == (os.getpid(), False)
    assert found.silent < 5


@pytest.mark.parametrize("by", ["removed", "replaced"])
def test_who_has_lost_the_file_of_its_lock_learns_of_it(home, by):
    with home.lock("sink") as lock:
        home.lock_file("sink").unlink()
        if by == "replaced":
            home.lock_file("sink").touch()

        with pytest.raises(Deposed, match="was removed while this process held it"):
            show(lock)


def test_a_sign_of_life_that_the_disk_does_not_take_is_only_missed(home, monkeypatch):
    def refuse(*_):
        raise OSError(30, "Read-only file system")

    with home.lock("sink") as lock:
        monkeypatch.setattr(os, "utime", refuse)
        show(lock)


def test_who_gives_no_sign_of_life_is_missed_until_the_next(home):
    with home.lock("sink") as lock:
        then = home.lock_file("sink").stat().st_mtime - MISSED_AFTER - 1
        os.utime(home.lock_file("sink"), (then, then))
        before = look(home, "sink")
        show(lock)
        after = look(home, "sink")

    assert before is not None
    assert after is not None
    assert (before.missed, after.missed) == (True, False)


def test_a_clock_that_was_set_back_makes_nobody_missed(home):
    with home.lock("sink"):
        later = home.lock_file("sink").stat().st_mtime + 3600
        os.utime(home.lock_file("sink"), (later, later))
        found = look(home, "sink")

    assert found is not None
    assert found.silent == 0.0


def test_looking_keeps_nobody_from_taking_the_lock(home, monkeypatch):
    home.lock("sink").close()
    looking = home.lock_file("sink").open()
    fcntl.flock(looking, fcntl.LOCK_SH)
    # As long as whoever takes the lock does not wait, it is looked at.
    monkeypatch.setattr("wire.home.time.sleep", lambda seconds: looking.close())

    home.lock("sink").close()

    assert looking.closed


def test_those_who_look_do_not_take_each_other_for_a_holder(home):
    home.lock("sink").close()
    with home.lock_file("sink").open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)

        assert look(home, "sink") is None


def test_looking_takes_the_lock_from_nobody(home):
    with home.lock("sink"):
        look(home, "sink")

        with pytest.raises(InUse):
            home.lock("sink")


def test_signs_are_given_while_the_loop_turns(monkeypatch):
    monkeypatch.setattr(presence, "SHOWN_EVERY", 0.001)
    given = []

    async def scenario():
        signs = Signs(lambda: given.append(len(given)))
        assert given == [0], "the first one at once"
        async with asyncio.timeout(5):
            while len(given) < 3:  # noqa: ASYNC110  (nothing tells of it)
                await asyncio.sleep(0.001)
        signs.stop()
        before = len(given)
        await asyncio.sleep(0.01)
        assert len(given) == before

    asyncio.run(scenario())
