import pytest

from backend.door.usage import Command, Start, arguments_of, parse


def test_nothing_said_starts_one_worker_on_loopback():
    assert parse([]) == Start(workers=1, host="127.0.0.1", port=8000, dev=False)


@pytest.mark.parametrize("arguments", [["-w", "2"], ["-w2"], ["--workers", "2"], ["--workers=2"]])
def test_workers_can_be_said_in_any_usual_form(arguments):
    asked = parse([*arguments, "--port", "9000", "--host", "::1", "--dev"])

    assert asked == Start(workers=2, host="::1", port=9000, dev=True)


def test_no_worker_is_a_number_of_workers():
    assert parse(["-w", "0"]) == Start(workers=0, host="127.0.0.1", port=8000, dev=False)


def test_test_passes_on_what_is_for_pytest():
    assert parse(["test", "-k", "loop", "--help"]) == Command("test", ("-k", "loop", "--help"))


def test_bench_passes_on_which_one_and_its_arguments():
    assert parse(["bench"]) == Command("bench", ())
    assert parse(["bench", "flow", "1000", "2"]) == Command("bench", ("flow", "1000", "2"))


def test_soak_passes_on_which_one_and_its_arguments():
    assert parse(["soak", "chaos", "--minutes", "30"]) == Command("soak", ("chaos", "--minutes", "30"))
    assert parse(["soak", "chaos", "--help"]) == Command("soak", ("chaos", "--help"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["-w"],
        ["-w", "x"],
        ["-w", "-1"],
        ["-w", "1.5"],
        ["-w", "٣"],
        ["-w", ""],
        ["--port", "0"],
        ["--port", "65536"],
        ["--host", "0.0.0.0"],
        ["--unknown"],
        ["--work", "2"],
        ["unknown"],
        ["soak"],
        ["soak", "--minutes", "30"],
        ["-w", "2", "test"],
        ["check", "x"],
        ["doctor", "x"],
        ["doctor", "--json", "--json"],
    ],
    ids=" ".join,
)
def test_anything_else_ends_with_2_and_the_usage_on_standard_error(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        parse(arguments)

    said = capsys.readouterr()
    assert ended.value.code == 2
    assert said.out == ""
    assert said.err.startswith("usage: ./RUN.sh")


def test_a_host_that_others_can_reach_is_refused_by_naming_the_setting(capsys):
    with pytest.raises(SystemExit):
        parse(["--host", "192.168.1.5"])

    assert "ZONDA_AUTH" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--help"], ["-h"], ["check", "--help"], ["doctor", "--help"], ["soak", "--help"]], ids=" ".join
)
def test_help_ends_with_0_and_is_on_standard_output(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        parse(arguments)

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: ./RUN.sh")


def test_the_doctor_tells_people_or_programs():
    assert parse(["doctor"]) == Command("doctor")
    assert parse(["doctor", "--json"]) == Command("doctor", ("--json",))


@pytest.mark.parametrize("dev", [True, False])
def test_what_is_handed_to_the_supervisor_reads_the_same(dev):
    start = Start(workers=3, host="localhost", port=8123, dev=dev)

    assert parse(arguments_of(start)) == start
