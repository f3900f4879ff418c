import uuid

from client.ids import fresh_id


def test_ids_are_uuids_of_version_7_and_differ():
    made = [fresh_id() for _ in range(1000)]

    assert {uuid.UUID(one).version for one in made} == {7}
    assert {uuid.UUID(one).variant for one in made} == {uuid.RFC_4122}
    assert len(set(made)) == 1000
