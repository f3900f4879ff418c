from dataclasses import replace
from typing import Any

import pytest

from backend.door.usage import Start
from backend.supervisor.machine import Stage
from backend.supervisor.settings import Settings


@pytest.fixture
def settings_for():
    def settings_for(*, mirrored: bool = False, **changes: Any) -> Settings:
        asked = replace(Start(workers=2, host="127.0.0.1", port=8000, dev=False), **changes)
        return Settings(asked, mirrored=mirrored)

    return settings_for


def test_there_are_backend_ventilator_sink_and_as_many_workers_as_asked_for(settings_for):
    names = [process.role.name for process in settings_for(workers=2).processes()]

    assert names == ["backend", "ventilator", "sink", "worker-1", "worker-2"]


def test_the_mirror_runs_only_where_there_is_a_redis_and_ends_with_the_record(settings_for):
    (mirror,) = [process for process in settings_for(mirrored=True).processes() if process.role.name == "mirror"]

    assert mirror.command[-2:] == ("backend/manage.py", "mirror")
    assert mirror.role.stage is Stage.REST


def test_every_process_of_zonda_is_awaited_and_vite_is_not(settings_for):
    processes = settings_for(dev=True).processes()

    assert [process.role.name for process in processes if not process.role.awaited] == ["page"]


def test_workers_end_first_and_the_sink_before_what_it_reports_to(settings_for):
    stages = {process.role.name: process.role.stage for process in settings_for(workers=1).processes()}

    assert stages == {
        "worker-1": Stage.WORKERS,
        "sink": Stage.SINK,
        "backend": Stage.REST,
        "ventilator": Stage.REST,
    }


def test_each_worker_knows_its_name(settings_for):
    workers = [process for process in settings_for().processes() if process.role.stage is Stage.WORKERS]

    assert [process.environment["ZONDA_WORKER_NAME"] for process in workers] == ["worker-1", "worker-2"]


@pytest.mark.parametrize("inherited", [{}, {"ZONDA_GRAPHQL_URL": ""}, {"ZONDA_GRAPHQL_URL": " "}])
def test_the_sink_is_told_where_the_backend_is(settings_for, inherited):
    environment = settings_for(port=8123).environment(inherited)

    assert environment["ZONDA_GRAPHQL_URL"] == "http://127.0.0.1:8123/graphql"
    assert (environment["ZONDA_HOST"], environment["ZONDA_PORT"]) == ("127.0.0.1", "8123")


def test_an_address_that_the_user_gave_stays(settings_for):
    environment = settings_for().environment({"ZONDA_GRAPHQL_URL": "http://elsewhere/graphql"})

    assert environment["ZONDA_GRAPHQL_URL"] == "http://elsewhere/graphql"


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:8000/"), ("::1", "http://[::1]:8000/"), ("localhost", "http://localhost:8000/")],
)
def test_the_ready_line_has_host_and_port_as_given(settings_for, host, url):
    assert settings_for(host=host).ready_line == f"Zonda is ready: {url}"


def test_the_page_of_vite_may_post_to_the_backend(settings_for):
    environment = settings_for(dev=True).environment({"ZONDA_CORS_ORIGINS": "http://mine"})

    assert environment["ZONDA_CORS_ORIGINS"] == "http://mine,http://127.0.0.1:5173"
