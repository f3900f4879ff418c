"""Every GraphQL document that is sent, with what its answer is read as. Values travel in variables."""

from typing import Final

from msgspec import Struct

from client.records import Counted, Counting, Created, Key, Logged, Page, Queue, Task, TaskType, Worker


class Document[T](Struct, frozen=True):
    """One operation with one field at its root, and the type of that field."""

    text: str
    field: str
    kind: type[T]


_ROW: Final = (
    "id name queue priority status reason error waiting progress { fraction message } attempt maxAttempts timeout "
    "worker { topic } createdAt runAfter expiresAt startedAt finishedAt"
)
_ATTEMPT: Final = "number worker outcome error traceback startedAt finishedAt"

CREATE: Final = Document(
    """mutation Create($name: String!, $args: JSON, $kwargs: JSON, $id: ID, $queue: String, $priority: Int,
    $runAfter: DateTime, $expiresAt: DateTime, $timeout: Float, $maxAttempts: Int) { createTask(name: $name,
    args: $args, kwargs: $kwargs, id: $id, queue: $queue, priority: $priority, runAfter: $runAfter,
    expiresAt: $expiresAt, timeout: $timeout, maxAttempts: $maxAttempts) { id status } }""",
    "createTask",
    Key,
)
CREATE_MANY: Final = Document(
    "mutation CreateMany($tasks: [TaskInput!]!) { createTasks(tasks: $tasks) "
    "{ created existing tasks { id status } } }",
    "createTasks",
    Created,
)
STATUS: Final = Document("query Status($id: ID!) { task(id: $id) { id status } }", "task", Key)
WAITING: Final = Document("query Waiting($id: ID!) { task(id: $id) { id status waiting } }", "task", Key)
TASK: Final = Document(
    f"query Task($id: ID!) {{ task(id: $id) {{ {_ROW} args kwargs result attempts {{ {_ATTEMPT} }} }} }}", "task", Task
)
LOG: Final = Document(
    "query Log($id: ID!, $first: Int, $after: Int) { task(id: $id) { status "
    "attempts { number worker log(first: $first, after: $after) { number at stream text } } } }",
    "task",
    Logged,
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
    Counting,
)
RETRY: Final = Document(
    "mutation Retry($ids: [ID!], $filter: TaskFilter) { retryTasks(ids: $ids, filter: $filter) { count } }",
    "retryTasks",
    Counted,
)
CANCEL: Final = Document(
    "mutation Cancel($ids: [ID!], $filter: TaskFilter) { cancelTasks(ids: $ids, filter: $filter) { count } }",
    "cancelTasks",
    Counted,
)
DELETE: Final = Document(
    "mutation Delete($ids: [ID!], $filter: TaskFilter) { deleteTasks(ids: $ids, filter: $filter) { count } }",
    "deleteTasks",
    Counted,
)
_QUEUE: Final = "name paused pauseReason queueing running oldestQueuedAt"
QUEUES: Final = Document(f"query Queues {{ queues {{ {_QUEUE} }} }}", "queues", list[Queue])
PAUSE: Final = Document(
    f"mutation Pause($name: String!, $reason: String) {{ pauseQueue(name: $name, reason: $reason) {{ {_QUEUE} }} }}",
    "pauseQueue",
    Queue,
)
RESUME: Final = Document(
    f"mutation Resume($name: String!) {{ resumeQueue(name: $name) {{ {_QUEUE} }} }}", "resumeQueue", Queue
)
_WORKER: Final = "topic name host pid queues slots current pending succeeded failed state lastBeatAt"
WORKERS: Final = Document(f"query Workers {{ workers {{ {_WORKER} }} }}", "workers", list[Worker])
DRAIN: Final = Document(
    f"mutation Drain($topic: ID!) {{ drainWorker(topic: $topic) {{ {_WORKER} }} }}", "drainWorker", Worker
)
TASK_TYPES: Final = Document(
    "query TaskTypes { taskTypes { name path description queue parameters } }", "taskTypes", list[TaskType]
)
