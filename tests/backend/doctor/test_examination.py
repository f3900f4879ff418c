"""One look at everything."""

import json
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError

from backend.doctor import examination, record, surroundings
from backend.doctor.findings import Check, breach
from backend.doctor.management.commands import doctor
from backend.environment import environment
from backend.tasks import selectors
from backend.tasks.models import Queue, Task
from tests.support.record import a_task

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet(monkeypatch, tmp_path):
    """A record that is there, in surroundings without anything to warn of."""
    monkeypatch.setattr(surroundings, "WAL_RESET_FIXED", (0,))
    monkeypatch.setattr(surroundings, "LITTLE_SPACE", 0)
    (tmp_path / "record.sqlite3").touch(0o600)
    monkeypatch.setattr(doctor, "environment", replace(environment, database=tmp_path / "record.sqlite3"))


def said(*arguments):
    """What the command prints, and the code it exits with."""
    out = StringIO()
    try:
        call_command("doctor", *arguments, stdout=out)
    except SystemExit as ended:
        return out.getvalue(), ended.code
    return out.getvalue(), 0


def test_a_zonda_in_order_is_said_to_be_so():
    text, code = said()

    assert code == 0
    assert "nothing runs on it" in text
    assert "BREACH" not in text
    assert text.endswith("25 checks found nothing, 0 breaches, 0 warnings\n")


def test_a_breach_is_told_with_place_and_remedy_and_exits_with_1():
    a_task(id="mine")
    Task.objects.update(cancelling=True)
    Queue.objects.update(queueing=5)

    text, code = said()

    assert code == 1
    assert "BREACH   I10         tasks that were cancelled and wait all the same: 1" in text
    assert "where: task mine" in text
    assert "where: queue default: queueing 5, there are 1" in text
    assert "2 breaches, 0 warnings" in text


def test_programs_get_the_same_as_json():
    a_task(id="mine")
    Task.objects.update(cancelling=True)

    text, code = said("--json")
    told = json.loads(text)

    assert (code, told["ok"], told["running"]) == (1, False, None)
    (broken,) = [check for check in told["checks"] if not check["holds"]]
    assert broken["check"] == "I10"
    assert broken["findings"][0]["severity"] == "breach"
    assert broken["findings"][0]["where"] == ["task mine"]


def test_warnings_alone_are_no_failure(monkeypatch):
    monkeypatch.setattr(surroundings, "WAL_RESET_FIXED", (99,))

    text, code = said()

    assert code == 0
    assert "warning  SQLite" in text
    assert "0 breaches, 1 warnings" in text


def test_without_a_record_there_is_nothing_to_check(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "environment", replace(environment, database=tmp_path / "none.sqlite3"))

    text, code = said()

    assert code == 0
    assert "there is no record yet" in text
    assert not (tmp_path / "none.sqlite3").exists()


def test_a_record_of_other_code_is_not_judged_by_this_one(monkeypatch):
    monkeypatch.setattr(surroundings, "migrations", lambda: [breach("not every migration", [], "migrate")])

    examined = list(examination.examine(environment))

    assert {one.check.number for one in examined} == {"migrations", "SQLite", "disk", "secrets"}


def test_what_cannot_be_asked_is_a_breach(monkeypatch):
    def broken():
        raise DatabaseError("database disk image is malformed")

    monkeypatch.setattr(record, "CHECKS", (Check("I4", "", broken),))

    (one,) = [one for one in examination.examine(environment) if one.check.number == "I4"]

    assert one.broken
    assert "could not be checked: database disk image is malformed" in one.findings[0].what


def test_what_passes_between_two_transactions_is_looked_at_again(monkeypatch):
    answers = [[breach("for a moment", [], "")], [breach("for a moment", [], "")], []]
    monkeypatch.setattr(record, "CHECKS", (Check("L3", "", lambda: answers.pop(0), passes=5.0),))
    monkeypatch.setattr(examination, "_AGAIN", 0.001)

    (one,) = [one for one in examination.examine(environment) if one.check.number == "L3"]

    assert not one.broken


def test_what_does_not_pass_is_a_breach_in_the_end(monkeypatch):
    monkeypatch.setattr(record, "CHECKS", (Check("L3", "", lambda: [breach("still", [], "")], passes=0.01),))
    monkeypatch.setattr(examination, "_AGAIN", 0.001)

    (one,) = [one for one in examination.examine(environment) if one.check.number == "L3"]

    assert one.broken


def test_a_check_is_told_before_the_next_one_begins(monkeypatch):
    """On a large record each takes seconds."""
    out = StringIO()
    told = []

    def look():
        told.append(out.getvalue())
        return []

    monkeypatch.setattr(record, "CHECKS", (Check("I4", "", look), Check("I5", "", look)))

    call_command("doctor", stdout=out)

    assert ["ok       I4" in text for text in told] == [False, True]


def test_the_doctor_has_longer_than_a_page(monkeypatch):
    given = []
    snapshot = selectors.snapshot

    def noted(within):
        given.append(within)
        return snapshot(within)

    monkeypatch.setattr(selectors, "snapshot", noted)

    list(examination.examine(environment))

    assert given == [examination.LOOKS_AT_MOST]
    assert examination.LOOKS_AT_MOST > selectors.LONGEST_READ
