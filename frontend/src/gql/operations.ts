// Made by `npm run gql` from backend/api/schema.graphql and the .graphql files of the features. Not edited by hand.
import { Operation } from "@/lib/graphql";
import type { Json } from "@/lib/json";

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** Where a task stands. */
export type TaskStatus =
  | 'QUEUEING'
  | 'RUNNING'
  | 'FAILED'
  | 'FINISHED';

/** Why a task is FAILED. */
export type FailureReason =
  | 'ERROR'
  | 'TIMEOUT'
  | 'LOST'
  | 'CANCELLED'
  | 'EXPIRED'
  | 'REJECTED';

/** How an attempt ended. */
export type AttemptOutcome =
  | 'SUCCEEDED'
  | 'FAILED'
  | 'TIMED_OUT'
  | 'LOST'
  | 'CANCELLED';

/** Whether a worker takes tasks; LOST once it has fallen silent. */
export type WorkerState =
  | 'STARTING'
  | 'READY'
  | 'DRAINING'
  | 'LOST';

/** Which tasks: those that fit every field given. A list fits when one of its values does; an empty one fits all. */
export type TaskFilter = {
  /** Where the task stands. */
  status?: Array<TaskStatus> | null | undefined;
  /** Why the task failed. */
  reason?: Array<FailureReason> | null | undefined;
  /** The task function's short name or full path. */
  name?: Array<string> | null | undefined;
  /** The queue. */
  queue?: Array<string> | null | undefined;
  /** The topic of the worker that has or had it. */
  worker?: Array<string> | null | undefined;
  /** FAILED with this kind of failure: its key in `failureGroups`. */
  failure?: Array<string> | null | undefined;
  /** Contains this text in its id, name, path, arguments or error, without regard to case; at most 200 characters. Arguments may be written as a call has them: `a=89`, `add(a=89, b=178)`. A page looks through so many tasks: see `lookedBackTo`. The task with this very id is the first page, alone, however old it is. */
  search?: string | null | undefined;
  /** Created then or later. */
  createdAfter?: string | null | undefined;
  /** Created earlier. */
  createdBefore?: string | null | undefined;
};

/**
 * In which order. Tasks that are equal in it, or have no such instant yet, follow the order of creation; the latter
 * stand at the end.
 */
export type TaskOrder = {
  /** By what. */
  field: TaskOrderField;
  /** Whether the newest or highest comes first. */
  descending?: boolean | null | undefined;
};

/** What tasks can be ordered by. */
export type TaskOrderField =
  | 'CREATED'
  | 'STARTED'
  | 'FINISHED'
  | 'PRIORITY';

/**
 * In which order. Queues that are equal in it follow by name; those in which nothing waits stand at the end of the
 * order by OLDEST.
 */
export type QueueOrder = {
  /** By what. */
  field: QueueOrderField;
  /** Whether the last name, the highest number, the newest instant, or what is paused comes first. */
  descending?: boolean | null | undefined;
};

/** What queues can be ordered by: NAME, PAUSED, the number QUEUEING or RUNNING, or OLDEST, the instant `oldestQueuedAt`. */
export type QueueOrderField =
  | 'NAME'
  | 'PAUSED'
  | 'QUEUEING'
  | 'RUNNING'
  | 'OLDEST';

/** A task to create, with the arguments of `createTask`. */
export type TaskInput = {
  /** The task function: its short name, or its full path. */
  name: string;
  /** Arguments by position: an array. */
  args?: Json | null | undefined;
  /** Arguments by name: an object. */
  kwargs?: Json | null | undefined;
  /** 1 to 200 of A-Z a-z 0-9 . _ : -; made when absent. The same id with the same content is the same task. */
  id?: string | null | undefined;
  /** 1 to 64 of a-z 0-9 . _ -; the task function's own unless given. */
  queue?: string | null | undefined;
  /** −100 to 100; the task function's own unless given. */
  priority?: number | null | undefined;
  /** It does not start before. */
  runAfter?: string | null | undefined;
  /** It does not start after; then it is FAILED, reason EXPIRED. */
  expiresAt?: string | null | undefined;
  /** Seconds after which an attempt is told to end, and killed after the task function's grace. */
  timeout?: number | null | undefined;
  /** Attempts that may end by an error or a timeout; the task function's own unless given. */
  maxAttempts?: number | null | undefined;
};

export type PaletteChoicesQueryVariables = Exact<{ [key: string]: never; }>;


export type PaletteChoicesQuery = { taskTypes: Array<{ name: string, path: string, description: string }>, queues: Array<{ name: string }>, workers: Array<{ topic: string, name: string, host: string, state: WorkerState }> };

export type RetryTasksMutationVariables = Exact<{
  ids?: Array<string> | string | null | undefined;
  filter?: TaskFilter | null | undefined;
}>;


export type RetryTasksMutation = { retryTasks: { count: number } };

export type CancelTasksMutationVariables = Exact<{
  ids?: Array<string> | string | null | undefined;
  filter?: TaskFilter | null | undefined;
}>;


export type CancelTasksMutation = { cancelTasks: { count: number } };

export type DeleteTasksMutationVariables = Exact<{
  ids?: Array<string> | string | null | undefined;
  filter?: TaskFilter | null | undefined;
}>;


export type DeleteTasksMutation = { deleteTasks: { count: number } };

export type ThroughputQueryVariables = Exact<{
  minutes: number;
  queue?: string | null | undefined;
  name?: string | null | undefined;
}>;


export type ThroughputQuery = { stats: { created: number, finished: number, failed: number, waited: { count: number, p50: number, p95: number } | null, ran: { count: number, p50: number, p95: number } | null, minutes: Array<{ at: string, created: number, finished: number, failed: number, waited: { p50: number, p95: number } | null, ran: { p50: number, p95: number } | null }> } };

export type TaskTypesQueryVariables = Exact<{ [key: string]: never; }>;


export type TaskTypesQuery = { taskTypes: Array<{ name: string, path: string, description: string, queue: string, maxAttempts: number, timeout: number | null, parameters: Json }> };

export type CreateTaskMutationVariables = Exact<{
  name: string;
  args?: Json | null | undefined;
  kwargs?: Json | null | undefined;
  id?: string | null | undefined;
  queue?: string | null | undefined;
  priority?: number | null | undefined;
  runAfter?: string | null | undefined;
  expiresAt?: string | null | undefined;
  timeout?: number | null | undefined;
  maxAttempts?: number | null | undefined;
}>;


export type CreateTaskMutation = { createTask: { id: string, status: TaskStatus } };

export type CreateTasksMutationVariables = Exact<{
  tasks: Array<TaskInput> | TaskInput;
}>;


export type CreateTasksMutation = { createTasks: { tasks: Array<{ createdAt: string }> } };

export type TaskToRepeatQueryVariables = Exact<{
  id: string;
}>;


export type TaskToRepeatQuery = { task: { name: string, path: string, args: Json, kwargs: Json, queue: string, priority: number, maxAttempts: number, timeout: number | null } | null };

export type FailureMinutesQueryVariables = Exact<{
  first: number;
  minutes: number;
}>;


export type FailureMinutesQuery = { failureGroups: Array<{ key: string, minutes: Array<{ failed: number }> }> };

export type FailuresScreenQueryVariables = Exact<{
  first: number;
}>;


export type FailuresScreenQuery = { failureGroups: Array<{ key: string, title: string, frame: string | null, count: number, firstSeenAt: string, lastSeenAt: string, names: Array<string>, sample: { id: string, name: string, args: Json, kwargs: Json, queue: string, reason: FailureReason | null } }> };

export type TasksOfFailureQueryVariables = Exact<{
  key: string;
  first: number;
}>;


export type TasksOfFailureQuery = { tasks: { nodes: Array<{ id: string, name: string, args: Json, kwargs: Json, status: TaskStatus }> } };

export type QueueFlowQueryVariables = Exact<{
  minutes: number;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  search?: string | null | undefined;
  orderBy?: QueueOrder | null | undefined;
  holding: boolean;
  held?: Array<string> | string | null | undefined;
}>;


export type QueueFlowQuery = { page?: { nodes: Array<{ name: string, stats: { created: number, finished: number, failed: number, minutes: Array<{ created: number, finished: number, failed: number }> } }> }, held?: Array<{ name: string, stats: { created: number, finished: number, failed: number, minutes: Array<{ created: number, finished: number, failed: number }> } }> };

export type QueueStatsFragment = { name: string, stats: { created: number, finished: number, failed: number, minutes: Array<{ created: number, finished: number, failed: number }> } };

export type QueueRowFragment = { name: string, paused: boolean, pauseReason: string | null, queueing: number, running: number, oldestQueuedAt: string | null };

export type QueuesScreenQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  search?: string | null | undefined;
  orderBy?: QueueOrder | null | undefined;
  holding: boolean;
  held?: Array<string> | string | null | undefined;
}>;


export type QueuesScreenQuery = { page: { total: number, earlier: number, nodes?: Array<{ name: string, paused: boolean, pauseReason: string | null, queueing: number, running: number, oldestQueuedAt: string | null }>, order: Array<{ name: string }>, pageInfo: { startCursor: string | null, endCursor: string | null } }, held?: Array<{ name: string, paused: boolean, pauseReason: string | null, queueing: number, running: number, oldestQueuedAt: string | null }> };

export type PauseQueueMutationVariables = Exact<{
  name: string;
  reason?: string | null | undefined;
}>;


export type PauseQueueMutation = { pauseQueue: { name: string, paused: boolean } };

export type ResumeQueueMutationVariables = Exact<{
  name: string;
}>;


export type ResumeQueueMutation = { resumeQueue: { name: string, paused: boolean } };

export type TaskTypesScreenQueryVariables = Exact<{ [key: string]: never; }>;


export type TaskTypesScreenQuery = { taskTypes: Array<{ name: string, path: string, description: string, queue: string, maxAttempts: number, timeout: number | null, parameters: Json }> };

export type TypeFiguresQueryVariables = Exact<{
  minutes: number;
}>;


export type TypeFiguresQuery = { taskTypes: Array<{ path: string, stats: { created: number, finished: number, failed: number, waited: { count: number, p50: number, p95: number } | null, ran: { count: number, p50: number, p95: number } | null } }> };

export type TaskScreenQueryVariables = Exact<{
  id: string;
  logAfter: number;
}>;


export type TaskScreenQuery = { task: { id: string, name: string, path: string, args: Json, kwargs: Json, queue: string, priority: number, status: TaskStatus, reason: FailureReason | null, error: string | null, result: Json | null, waiting: string | null, estimatedStartAt: string | null, attempt: number, maxAttempts: number, tries: number, round: number, cancelling: boolean, timeout: number | null, createdAt: string, runAfter: string | null, expiresAt: string | null, startedAt: string | null, finishedAt: string | null, progress: { fraction: number | null, message: string | null } | null, worker: { topic: string } | null, events: Array<{ at: string, kind: string, attempt: number | null, worker: string | null, by: string | null }>, attempts: Array<{ number: number, worker: string, outcome: AttemptOutcome | null, error: string | null, traceback: string | null, startedAt: string | null, finishedAt: string | null, nextDueAt: string | null, log: Array<{ number: number, at: string, stream: string, text: string }> }> } | null };

export type TaskRowFragment = { id: string, name: string, args: Json, kwargs: Json, queue: string, priority: number, status: TaskStatus, reason: FailureReason | null, error: string | null, result: Json | null, waiting: string | null, attempt: number, maxAttempts: number, tries: number, round: number, cancelling: boolean, createdAt: string, runAfter: string | null, firstStartedAt: string | null, startedAt: string | null, finishedAt: string | null, progress: { fraction: number | null, message: string | null } | null, worker: { topic: string } | null };

export type TasksScreenQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  filter?: TaskFilter | null | undefined;
  orderBy?: TaskOrder | null | undefined;
  holding: boolean;
  topCursor?: string | null | undefined;
  secondCursor?: string | null | undefined;
}>;


export type TasksScreenQuery = { page: { lookedBackTo: string | null, edges: Array<{ cursor: string, node: { id: string, name: string, args: Json, kwargs: Json, queue: string, priority: number, status: TaskStatus, reason: FailureReason | null, error: string | null, result: Json | null, waiting: string | null, attempt: number, maxAttempts: number, tries: number, round: number, cancelling: boolean, createdAt: string, runAfter: string | null, firstStartedAt: string | null, startedAt: string | null, finishedAt: string | null, progress: { fraction: number | null, message: string | null } | null, worker: { topic: string } | null } }>, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null }, counts: { queueing: number, running: number, failed: number, finished: number } | null }, top?: { nodes: Array<{ id: string, name: string, args: Json, kwargs: Json, queue: string, priority: number, status: TaskStatus, reason: FailureReason | null, error: string | null, result: Json | null, waiting: string | null, attempt: number, maxAttempts: number, tries: number, round: number, cancelling: boolean, createdAt: string, runAfter: string | null, firstStartedAt: string | null, startedAt: string | null, finishedAt: string | null, progress: { fraction: number | null, message: string | null } | null, worker: { topic: string } | null }> }, newer?: { edges: Array<{ cursor: string }> }, totals: { counts: { queueing: number, running: number, failed: number, finished: number } | null }, workers: Array<{ topic: string, state: WorkerState }> };

export type FilterChoicesQueryVariables = Exact<{ [key: string]: never; }>;


export type FilterChoicesQuery = { taskTypes: Array<{ name: string, path: string }>, queues: Array<{ name: string }>, workers: Array<{ topic: string }>, failureGroups: Array<{ key: string, title: string }> };

export type TileStatsQueryVariables = Exact<{
  minutes: number;
}>;


export type TileStatsQuery = { stats: { minutes: Array<{ created: number, finished: number, failed: number, waited: { count: number } | null }> } };

export type WorkersScreenQueryVariables = Exact<{ [key: string]: never; }>;


export type WorkersScreenQuery = { workers: Array<{ topic: string, name: string, host: string, pid: number, queues: Array<string>, slots: number, current: number, pending: number, succeeded: number, failed: number, state: WorkerState, lastBeatAt: string, tasks: Array<{ id: string, name: string, status: TaskStatus, startedAt: string | null, progress: { fraction: number | null, message: string | null } | null }>, lostTasks: Array<{ id: string, name: string, args: Json, kwargs: Json, status: TaskStatus, reason: FailureReason | null, attempt: number, maxAttempts: number, tries: number, round: number, cancelling: boolean, worker: { topic: string } | null }> }> };

export type DrainWorkerMutationVariables = Exact<{
  topic: string;
}>;


export type DrainWorkerMutation = { drainWorker: { topic: string, state: WorkerState } };

export const PaletteChoices = new Operation<PaletteChoicesQuery, PaletteChoicesQueryVariables>(
  "query PaletteChoices{taskTypes{name path description}queues{name}workers{topic name host state}}",
);

export const RetryTasks = new Operation<RetryTasksMutation, RetryTasksMutationVariables>(
  "mutation RetryTasks($ids: [ID!], $filter: TaskFilter) {\n  retryTasks(ids: $ids, filter: $filter) {\n    count\n  }\n}",
);

export const CancelTasks = new Operation<CancelTasksMutation, CancelTasksMutationVariables>(
  "mutation CancelTasks($ids: [ID!], $filter: TaskFilter) {\n  cancelTasks(ids: $ids, filter: $filter) {\n    count\n  }\n}",
);

export const DeleteTasks = new Operation<DeleteTasksMutation, DeleteTasksMutationVariables>(
  "mutation DeleteTasks($ids: [ID!], $filter: TaskFilter) {\n  deleteTasks(ids: $ids, filter: $filter) {\n    count\n  }\n}",
);

export const Throughput = new Operation<ThroughputQuery, ThroughputQueryVariables>(
  "query Throughput($minutes:Int!$queue:String$name:String){stats(minutes:$minutes queue:$queue name:$name){created finished failed waited{count p50 p95}ran{count p50 p95}minutes{at created finished failed waited{p50 p95}ran{p50 p95}}}}",
);

export const TaskTypes = new Operation<TaskTypesQuery, TaskTypesQueryVariables>(
  "query TaskTypes{taskTypes{name path description queue maxAttempts timeout parameters}}",
);

export const CreateTask = new Operation<CreateTaskMutation, CreateTaskMutationVariables>(
  "mutation CreateTask($name: String!, $args: JSON, $kwargs: JSON, $id: ID, $queue: String, $priority: Int, $runAfter: DateTime, $expiresAt: DateTime, $timeout: Float, $maxAttempts: Int) {\n  createTask(\n    name: $name\n    args: $args\n    kwargs: $kwargs\n    id: $id\n    queue: $queue\n    priority: $priority\n    runAfter: $runAfter\n    expiresAt: $expiresAt\n    timeout: $timeout\n    maxAttempts: $maxAttempts\n  ) {\n    id\n    status\n  }\n}",
);

export const CreateTasks = new Operation<CreateTasksMutation, CreateTasksMutationVariables>(
  "mutation CreateTasks($tasks: [TaskInput!]!) {\n  createTasks(tasks: $tasks) {\n    tasks {\n      createdAt\n    }\n  }\n}",
);

export const TaskToRepeat = new Operation<TaskToRepeatQuery, TaskToRepeatQueryVariables>(
  "query TaskToRepeat($id:ID!){task(id:$id){name path args kwargs queue priority maxAttempts timeout}}",
);

export const FailureMinutes = new Operation<FailureMinutesQuery, FailureMinutesQueryVariables>(
  "query FailureMinutes($first:Int!$minutes:Int!){failureGroups(first:$first){key minutes(minutes:$minutes){failed}}}",
);

export const FailuresScreen = new Operation<FailuresScreenQuery, FailuresScreenQueryVariables>(
  "query FailuresScreen($first:Int!){failureGroups(first:$first){key title frame count firstSeenAt lastSeenAt names sample{id name args kwargs queue reason}}}",
);

export const TasksOfFailure = new Operation<TasksOfFailureQuery, TasksOfFailureQueryVariables>(
  "query TasksOfFailure($key:ID!$first:Int!){tasks(first:$first filter:{failure:[$key]}){nodes{id name args kwargs status}}}",
);

export const QueueFlow = new Operation<QueueFlowQuery, QueueFlowQueryVariables>(
  "query QueueFlow($minutes:Int!$first:Int$after:String$last:Int$before:String$search:String$orderBy:QueueOrder$holding:Boolean!$held:[String!]){page:queuePage(first:$first after:$after last:$last before:$before search:$search orderBy:$orderBy)@skip(if:$holding){nodes{...QueueStats}}held:queues(names:$held)@include(if:$holding){...QueueStats}}fragment QueueStats on Queue{name stats(minutes:$minutes){created finished failed minutes{created finished failed}}}",
);

export const QueuesScreen = new Operation<QueuesScreenQuery, QueuesScreenQueryVariables>(
  "query QueuesScreen($first:Int$after:String$last:Int$before:String$search:String$orderBy:QueueOrder$holding:Boolean!$held:[String!]){page:queuePage(first:$first after:$after last:$last before:$before search:$search orderBy:$orderBy){nodes@skip(if:$holding){...QueueRow}order:nodes{name}pageInfo{startCursor endCursor}total earlier}held:queues(names:$held)@include(if:$holding){...QueueRow}}fragment QueueRow on Queue{name paused pauseReason queueing running oldestQueuedAt}",
);

export const PauseQueue = new Operation<PauseQueueMutation, PauseQueueMutationVariables>(
  "mutation PauseQueue($name: String!, $reason: String) {\n  pauseQueue(name: $name, reason: $reason) {\n    name\n    paused\n  }\n}",
);

export const ResumeQueue = new Operation<ResumeQueueMutation, ResumeQueueMutationVariables>(
  "mutation ResumeQueue($name: String!) {\n  resumeQueue(name: $name) {\n    name\n    paused\n  }\n}",
);

export const TaskTypesScreen = new Operation<TaskTypesScreenQuery, TaskTypesScreenQueryVariables>(
  "query TaskTypesScreen{taskTypes{name path description queue maxAttempts timeout parameters}}",
);

export const TypeFigures = new Operation<TypeFiguresQuery, TypeFiguresQueryVariables>(
  "query TypeFigures($minutes:Int!){taskTypes{path stats(minutes:$minutes){created finished failed waited{count p50 p95}ran{count p50 p95}}}}",
);

export const TaskScreen = new Operation<TaskScreenQuery, TaskScreenQueryVariables>(
  "query TaskScreen($id:ID!$logAfter:Int!){task(id:$id){id name path args kwargs queue priority status reason error result waiting estimatedStartAt progress{fraction message}attempt maxAttempts tries round cancelling timeout worker{topic}createdAt runAfter expiresAt startedAt finishedAt events{at kind attempt worker by}attempts{number worker outcome error traceback startedAt finishedAt nextDueAt log(first:500 after:$logAfter){number at stream text}}}}",
);

export const TasksScreen = new Operation<TasksScreenQuery, TasksScreenQueryVariables>(
  "query TasksScreen($first:Int$after:String$last:Int$before:String$filter:TaskFilter$orderBy:TaskOrder$holding:Boolean!$topCursor:String$secondCursor:String){page:tasks(first:$first after:$after last:$last before:$before filter:$filter orderBy:$orderBy){edges{cursor node{...TaskRow}}pageInfo{hasNextPage hasPreviousPage startCursor endCursor}lookedBackTo counts{queueing running failed finished}}top:tasks(last:1 before:$secondCursor filter:$filter orderBy:$orderBy)@include(if:$holding){nodes{...TaskRow}}newer:tasks(last:51 before:$topCursor filter:$filter orderBy:$orderBy)@include(if:$holding){edges{cursor}}totals:tasks(first:1){counts{queueing running failed finished}}workers{topic state}}fragment TaskRow on Task{id name args kwargs queue priority status reason error result waiting progress{fraction message}attempt maxAttempts tries round cancelling worker{topic}createdAt runAfter firstStartedAt startedAt finishedAt}",
);

export const FilterChoices = new Operation<FilterChoicesQuery, FilterChoicesQueryVariables>(
  "query FilterChoices{taskTypes{name path}queues{name}workers{topic}failureGroups{key title}}",
);

export const TileStats = new Operation<TileStatsQuery, TileStatsQueryVariables>(
  "query TileStats($minutes:Int!){stats(minutes:$minutes){minutes{created finished failed waited{count}}}}",
);

export const WorkersScreen = new Operation<WorkersScreenQuery, WorkersScreenQueryVariables>(
  "query WorkersScreen{workers{topic name host pid queues slots current pending succeeded failed state lastBeatAt tasks{id name status startedAt progress{fraction message}}lostTasks(first:6){id name args kwargs status reason attempt maxAttempts tries round cancelling worker{topic}}}}",
);

export const DrainWorker = new Operation<DrainWorkerMutation, DrainWorkerMutationVariables>(
  "mutation DrainWorker($topic: ID!) {\n  drainWorker(topic: $topic) {\n    topic\n    state\n  }\n}",
);
