"""A process writes to the file that it has known, or to none."""

import pytest

from backend.tasks import identity
from backend.tasks.identity import Gone, forget, recognise


@pytest.fixture
def record(tmp_path):
    path = tmp_path / "record"
    yield path
    forget(str(path))


def test_a_record_that_is_yet_to_be_made_is_known_once_it_is_there(record):
    recognise(str(record))
    record.touch()
    recognise(str(record))

    assert str(record) in identity._known


@pytest.mark.parametrize("by", ["deleted", "replaced"])
def test_a_record_that_is_another_file_is_gone_until_the_one_that_was_known_is_back(record, by):
    record.touch()
    recognise(str(record))
    aside = record.with_name("aside")
    record.rename(aside)
    if by == "replaced":
        record.touch()

    for _ in range(2):
        with pytest.raises(Gone, match="deleted or replaced"):
            recognise(str(record))
    aside.replace(record)
    recognise(str(record))
