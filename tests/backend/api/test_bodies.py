"""Many bodies at once have a bound of their own, and what does not fit is told to come back."""

import pytest

from backend.api.bodies import Bodies, Crowded
from tests.support.asgi import ask
from tests.support.endpoint import Endpoint, with_endpoint

QUERY = b'{"query": "{ number }"}'


def test_what_one_request_held_is_there_for_the_next():
    bodies = Bodies(10)
    with bodies.held() as held:
        held.take(6)
        held.take(4)
        with pytest.raises(Crowded), bodies.held() as other:
            other.take(1)
    with bodies.held() as held:
        held.take(10)

    assert bodies.size == 0


def test_others_leave_what_is_kept_for_services_which_may_have_all_of_it():
    bodies = Bodies(10, kept=4)
    with bodies.held() as other, bodies.held(service=True) as service:
        other.take(6)
        with pytest.raises(Crowded):
            other.take(1)
        service.take(4)
        with pytest.raises(Crowded):
            service.take(1)
    with bodies.held(service=True) as service, bodies.held() as other:
        service.take(6)
        other.take(4)
        with pytest.raises(Crowded):
            other.take(1)

    assert bodies.size == 0


def test_a_report_is_answered_beside_a_crowd_of_others_bodies():
    async def scenario(endpoint: Endpoint):
        endpoint.app._bodies = Bodies(2 * len(QUERY), kept=len(QUERY))
        headers = {"content-type": "application/json"}
        with endpoint.app._bodies.held() as others:
            others.take(len(QUERY))
            refused = await ask(endpoint.app, "POST", headers=headers, chunks=[QUERY])
            ours = {**headers, "authorization": "Bearer s3cret"}
            return refused, await ask(endpoint.app, "POST", headers=ours, chunks=[QUERY]), endpoint.executor.prepared

    refused, answered, prepared = with_endpoint(scenario)

    assert (refused.status, answered.status) == (503, 200)
    assert prepared == 0, "a report waits for a thread that others may keep busy"


def test_a_crowd_of_bodies_is_unavailable_for_now_and_the_ones_before_are_answered():
    async def scenario(endpoint: Endpoint):
        endpoint.app._bodies = Bodies(len(QUERY) + 5)
        headers = {"content-type": "application/json"}
        with endpoint.app._bodies.held() as others:
            others.take(6)
            refused = await ask(endpoint.app, "POST", headers=headers, chunks=[QUERY])
        answered = await ask(endpoint.app, "POST", headers=headers, chunks=[QUERY])
        return refused, answered

    refused, answered = with_endpoint(scenario)

    assert (refused.status, refused.codes) == (503, ["UNAVAILABLE"])
    assert refused.headers["retry-after"] == "1"
    assert answered.status == 200
