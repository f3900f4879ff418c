"""Reports as a worker sends them; the task's id follows from the fence."""

from msgspec import Raw

from wire.messages import AttemptStarted, AttemptSucceeded


def a_start(fence: int) -> AttemptStarted:
    return AttemptStarted(task_id=f"t{fence}", attempt=1, fence=fence, worker="W1", incarnation="me")


def a_success(fence: int, result: bytes = b"3") -> AttemptSucceeded:
    return AttemptSucceeded(
        task_id=f"t{fence}", attempt=1, fence=fence, worker="W1", incarnation="me", ran=0.5, result=Raw(result)
    )
