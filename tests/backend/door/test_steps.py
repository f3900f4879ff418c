import pytest

from backend.door.steps import Step, StepFailed, digest, do, files_below


@pytest.fixture
def said():
    return []


@pytest.fixture
def step_for(tmp_path, said):
    made = tmp_path / "made"

    def step_for(source: str) -> Step:
        return Step(
            title="Something",
            made=made,
            stamp=tmp_path / "stamps" / "something",
            digest=source,
            make=lambda: made.write_text(source) and None,
        )

    return step_for


def test_a_step_says_what_it_does_and_how_long_it_took(step_for, said):
    do(step_for("one"), said.append)

    assert said[0] == "Something …"
    assert said[1].endswith(" s\n")


def test_a_step_is_not_done_twice(step_for, said):
    do(step_for("one"), said.append)
    said.clear()

    do(step_for("one"), said.append)

    assert said == []


def test_a_step_is_done_again_for_another_input(step_for, said, tmp_path):
    do(step_for("one"), said.append)

    do(step_for("two"), said.append)

    assert (tmp_path / "made").read_text() == "two"


def test_a_step_is_done_again_when_what_it_made_is_gone(step_for, said, tmp_path):
    do(step_for("one"), said.append)
    (tmp_path / "made").unlink()

    do(step_for("one"), said.append)

    assert (tmp_path / "made").read_text() == "one"


def test_a_step_that_failed_is_not_held_for_done_though_what_it_makes_is_there(tmp_path, step_for, said):
    do(step_for("one"), said.append)

    def fail() -> None:
        raise StepFailed("no network")

    whole = step_for("two")
    failing = Step(whole.title, whole.made, whole.stamp, whole.digest, fail)
    with pytest.raises(StepFailed):
        do(failing, said.append)

    assert not failing.is_done()
    assert not step_for("one").is_done()


def test_the_digest_follows_names_contents_and_words_but_not_the_order(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("1")
    two.write_text("2")
    before = digest(tmp_path, [one, two], "word")

    assert digest(tmp_path, [two, one], "word") == before
    assert digest(tmp_path, [two, one], "other") != before
    assert digest(tmp_path, [one], "word") != before
    two.write_text("3")
    assert digest(tmp_path, [one, two], "word") != before


def test_folders_that_hold_what_was_made_are_left_out(tmp_path):
    for folder in ("src", "node_modules/deep", "src/dist"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "file").touch()

    found = set(files_below(tmp_path, leaving_out=frozenset({"node_modules", "dist"})))

    assert found == {tmp_path / "src" / "file"}
