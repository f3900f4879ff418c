"""What is read out of the docstring of a task function."""

import pytest

from backend.tasks.docstrings import read
from backend.tasks.signatures import Signature

GOOGLE = """Send a letter.

    It is sent once.

    Args:
        to: Who gets it,
            by name.
        copies (int, optional): How many.
        **more: Whatever else: anything.

    Returns:
        Nothing.
    """

SPHINX = """Send a letter.

    :param to: Who gets it,
        by name.
    :param int copies: How many.
    :returns: Nothing.
    """


def test_a_section_of_arguments_is_taken_out():
    assert read(GOOGLE) == (
        "Send a letter.\n\nIt is sent once.\n\nReturns:\n    Nothing.",
        {"to": "Who gets it, by name.", "copies": "How many.", "more": "Whatever else: anything."},
    )


def test_fields_are_taken_out():
    assert read(SPHINX) == (
        "Send a letter.\n\n:returns: Nothing.",
        {"to": "Who gets it, by name.", "copies": "How many."},
    )


@pytest.mark.parametrize(
    "text", ["", "a + b", "Args: none are needed.", "Args:\n\nnothing is indented here", "one\n\ntwo"]
)
def test_what_is_about_no_parameter_stays(text):
    assert read(text) == (text, {})


def test_nothing_is_read_out_of_nothing():
    assert read(None) == ("", {})


def test_the_help_of_a_parameter_is_its_description_unless_it_has_one():
    def f(to: str, copies: int): ...

    f.__doc__ = GOOGLE

    assert Signature(f).schema()["properties"]["to"]["description"] == "Who gets it, by name."
    assert Signature(f).description.startswith("Send a letter.")
    assert "Args" not in Signature(f).description
