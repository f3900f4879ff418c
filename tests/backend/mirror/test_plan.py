"""What Redis is to hold, and how far the copy has come."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from backend.mirror.plan import (
    Batch,
    Extent,
    Kept,
    Place,
    Row,
    Start,
    after,
    begin,
    form,
    pause,
    went_back,
    write,
    writes,
)
from backend.tasks.lifecycle import Status

WEEK = timedelta(days=7)
ENDED = datetime(2026, 11, 21, 22, 4, 0, 500_000, tzinfo=UTC)
FORM = form(WEEK)
NOW = ENDED + timedelta(days=1)

QUEUED = Row(
    seq=7,
    key="t",
    revision=3,
    status=Status.QUEUEING,
    attempt=0,
    worker=None,
    error=None,
    result=None,
    finished_at=None,
)
DONE = replace(QUEUED, status=Status.FINISHED, attempt=1, worker="W1", result="3", finished_at=ENDED)
PLACE = Place(revision=10, seq=4, tombstone=2, below=0, sweep=False)
KEPT = Kept(PLACE, FORM, at=NOW - timedelta(hours=1))
NOTHING = Batch(revision=10, changed=[], older=[], gone=[], tombstone=2, filled=True, more=False)


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        (QUEUED, {"status": "queued", "attempt": "0"}),
        (replace(QUEUED, attempt=1), {"status": "queued", "attempt": "1"}),
        (
            replace(QUEUED, status=Status.RUNNING, attempt=1, worker="W2"),
            {"status": "processing", "attempt": "1", "worker": "W2"},
        ),
        (
            DONE,
            {
                "status": "success",
                "attempt": "1",
                "worker": "W1",
                "result": "3",
                "finished_at": "2026-11-21T22:04:00.500000Z",
            },
        ),
        (
            replace(DONE, status=Status.FAILED, result=None, error="ValueError: no"),
            {
                "status": "failed",
                "attempt": "1",
                "worker": "W1",
                "error": "ValueError: no",
                "finished_at": "2026-11-21T22:04:00.500000Z",
            },
        ),
    ],
    ids=["waits", "waits again", "runs", "succeeded", "failed"],
)
def test_a_hash_says_of_a_task_what_holds_and_nothing_else(row, fields):
    found = write(row, WEEK)

    assert found.fields == fields
    assert set(found.absent) == {"result", "error", "worker", "finished_at"} - set(fields)


def test_a_result_that_is_null_is_there():
    assert write(replace(DONE, result="null"), WEEK).fields["result"] == "null"


def test_only_what_has_ended_may_go_and_not_before_the_record_prunes_it():
    assert write(QUEUED, WEEK).expires_at is None
    assert write(DONE, None).expires_at is None
    assert write(DONE, WEEK).expires_at == (ENDED + timedelta(days=8)).timestamp() * 1000


def test_an_id_where_the_mirror_may_keep_its_own_is_left_out():
    keys = ["zonda:mirror", "zonda:mirror:0123456789ab", "zonda:other", "t"]

    found = writes(replace(NOTHING, changed=[replace(QUEUED, key=key) for key in keys]), WEEK)

    assert [one.key for one in found] == ["zonda:other", "t"]


def test_a_row_that_both_walks_meet_is_written_once():
    assert len(writes(replace(NOTHING, changed=[DONE], older=[DONE]), WEEK)) == 1


def test_where_nothing_is_the_changes_are_followed_from_now_and_the_rest_is_filled_in():
    place, start = begin(None, Extent(revision=10, seq=99), seen=10, wanted=FORM, forgotten=NOW - WEEK)

    assert start is Start.NOTHING_THERE
    assert place == Place(revision=10, seq=2**63 - 1, tombstone=0, below=100, sweep=False)


def test_a_copy_of_the_same_form_is_gone_on_with():
    assert begin(KEPT, Extent(12, 9), seen=11, wanted=FORM, forgotten=NOW - WEEK) == (PLACE, Start.RESUMED)


@pytest.mark.parametrize(
    ("extent", "seen"),
    [(Extent(9, 9), 9), (Extent(12, 9), 9)],
    ids=["older", "put back, and gone on since"],
)
def test_a_record_that_was_put_back_is_copied_anew_and_what_it_lacks_is_looked_for(extent, seen):
    place, start = begin(KEPT, extent, seen=seen, wanted=FORM, forgotten=NOW - WEEK)

    assert start is Start.WENT_BACK
    assert (place.revision, place.below, place.sweep) == (extent.revision, 10, True)


def test_with_another_retention_all_is_written_again():
    place, start = begin(KEPT, Extent(10, 9), seen=10, wanted=form(None), forgotten=NOW - WEEK)

    assert start is Start.OTHER_FORM
    assert (place.below, place.sweep) == (10, True)


def test_after_a_time_in_which_tasks_may_have_been_pruned_their_hashes_are_looked_for():
    kept = replace(KEPT, at=NOW - WEEK)

    assert begin(kept, Extent(12, 9), seen=11, wanted=FORM, forgotten=NOW - WEEK) == (
        replace(PLACE, sweep=True),
        Start.RESUMED,
    )


def test_the_place_follows_the_last_change():
    batch = replace(NOTHING, changed=[replace(QUEUED, revision=11, seq=8), replace(QUEUED, revision=12, seq=1)])

    assert after(PLACE, batch) == replace(PLACE, revision=12, seq=1)


def test_filling_in_goes_down_until_nothing_is_left():
    filling = replace(PLACE, below=10)

    going_on = after(filling, replace(NOTHING, older=[replace(QUEUED, seq=9), replace(QUEUED, seq=5)], filled=False))
    done = after(filling, replace(NOTHING, older=[replace(QUEUED, seq=9)]))

    assert (going_on.below, done.below) == (5, 0)


def test_deletions_are_counted_on_their_own():
    assert after(PLACE, replace(NOTHING, gone=["x"], tombstone=5)) == replace(PLACE, tombstone=5)


def test_where_nothing_is_new_the_place_stays():
    assert after(PLACE, NOTHING) == PLACE


def test_a_record_older_than_the_place_has_been_put_back():
    assert went_back(PLACE, replace(NOTHING, revision=9))
    assert not went_back(PLACE, NOTHING)


def test_pauses_grow_from_a_tenth_of_a_second_to_two():
    assert [pause(failures) for failures in (1, 2, 3, 4, 5, 6, 10_000)] == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
