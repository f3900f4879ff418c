"""Every GraphQL document that is sent, with what its answer is read as. Values travel in variables."""

from dataclasses import dataclass
from typing import Final

from client.records import Counted, Created, Key, Page, Task, TaskType, Worker


@dataclass(frozen=True, slots=True)
class Document[T]:
    """One operation with one field at its root, and the type of that field."""

    text: str
    field: str
    kind: type[T]


_ROW: Final = (
    "id name queue priority status reason error attempt worker { topic } createdAt runAfter startedAt finishedAt"
)
_ATTEMPT: Final = "number worker outcome error traceback startedAt finishedAt"

CREATE: Final = Document(
    """mutation Create($name: String!, $args: JSON, $kwargs: JSON, $id: ID, $queue: String, $priority: Int,
    $runAfter: DateTime) { createTask(name: $name, args: $args, kwargs: $kwargs, id: $id, queue: $queue,
    priority: $priority, runAfter: $runAfter) { id status } }""",
    "createTask",
    Key,
)
CREATE_MANY: Final = Document(
    "mutation CreateMany($tasks: [TaskInput!]!) { createTasks(tasks: $tasks) { created tasks { id status } } }",
    "createTasks",
    Created,
)
STATUS: Final = Document("query Status($id: ID!) { task(id: $id) { id status } }", "task", Key)
TASK: Final = Document(
    f"query Task($id: ID!) {{ task(id: $id) {{ {_ROW} args kwargs result attempts {{ {_ATTEMPT} }} }} }}", "task", Task
)
TASKS: Final = Document(
    f"""query Tasks($first: Int, $after: String, $filter: TaskFilter) {{ tasks(first: $first, after: $after,
    filter: $filter) {{ nodes {{ {_ROW} }} pageInfo {{ hasNextPage endCursor }} }} }}""",
    "tasks",
    Page,
)
COUNTS: Final = Document(
    "query Counts($filter: TaskFilter) { tasks(first: 1, filter: $filter) "
    "{ counts { queueing running failed finished } } }",
    "tasks",
    Counted,
)
WORKERS: Final = Document(
    "query Workers { workers { topic name host pid queues slots current pending succeeded failed state lastBeatAt } }",
    "workers",
    list[Worker],
)
TASK_TYPES: Final = Document(
    "query TaskTypes { taskTypes { name path description queue parameters } }", "taskTypes", list[TaskType]
)
