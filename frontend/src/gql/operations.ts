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
  /** Contains this text in its id, name, path, arguments or error, without regard to case; at most 200 characters. */
  search?: string | null | undefined;
  /** Created then or later. */
  createdAfter?: string | null | undefined;
  /** Created earlier. */
  createdBefore?: string | null | undefined;
};

export type TaskTypesQueryVariables = Exact<{ [key: string]: never; }>;


export type TaskTypesQuery = { taskTypes: Array<{ name: string, path: string, description: string, queue: string, parameters: Json }> };

export type CreateTaskMutationVariables = Exact<{
  name: string;
  args?: Json | null | undefined;
  kwargs?: Json | null | undefined;
  id?: string | null | undefined;
  queue?: string | null | undefined;
  priority?: number | null | undefined;
  runAfter?: string | null | undefined;
}>;


export type CreateTaskMutation = { createTask: { id: string, status: TaskStatus } };

export type TaskScreenQueryVariables = Exact<{
  id: string;
}>;


export type TaskScreenQuery = { task: { id: string, name: string, path: string, args: Json, kwargs: Json, queue: string, priority: number, status: TaskStatus, reason: FailureReason | null, error: string | null, result: Json | null, attempt: number, createdAt: string, runAfter: string | null, startedAt: string | null, finishedAt: string | null, worker: { topic: string } | null, attempts: Array<{ number: number, worker: string, outcome: AttemptOutcome | null, error: string | null, traceback: string | null, startedAt: string | null, finishedAt: string | null }> } | null, workers: Array<{ topic: string, state: WorkerState }> };

export type TaskRowFragment = { id: string, name: string, args: Json, kwargs: Json, queue: string, priority: number, status: TaskStatus, reason: FailureReason | null, error: string | null, result: Json | null, attempt: number, createdAt: string, runAfter: string | null, startedAt: string | null, finishedAt: string | null, worker: { topic: string } | null };

export type TasksScreenQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  filter?: TaskFilter | null | undefined;
  holding: boolean;
  topId: string;
  topCursor?: string | null | undefined;
}>;


export type TasksScreenQuery = { page: { edges: Array<{ cursor: string, node: { id: string, name: string, args: Json, kwargs: Json, queue: string, priority: number, status: TaskStatus, reason: FailureReason | null, error: string | null, result: Json | null, attempt: number, createdAt: string, runAfter: string | null, startedAt: string | null, finishedAt: string | null, worker: { topic: string } | null } }>, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null } }, top?: { id: string, name: string, args: Json, kwargs: Json, queue: string, priority: number, status: TaskStatus, reason: FailureReason | null, error: string | null, result: Json | null, attempt: number, createdAt: string, runAfter: string | null, startedAt: string | null, finishedAt: string | null, worker: { topic: string } | null } | null, newer?: { edges: Array<{ cursor: string }> }, totals: { counts: { queueing: number, running: number, failed: number, finished: number } | null }, workers: Array<{ topic: string, state: WorkerState }> };

export type WorkersScreenQueryVariables = Exact<{ [key: string]: never; }>;


export type WorkersScreenQuery = { workers: Array<{ topic: string, name: string, host: string, pid: number, queues: Array<string>, slots: number, current: number, pending: number, succeeded: number, failed: number, state: WorkerState, lastBeatAt: string, tasks: Array<{ id: string, name: string, status: TaskStatus, startedAt: string | null }> }> };

export const TaskTypes = new Operation<TaskTypesQuery, TaskTypesQueryVariables>(
  "query TaskTypes{taskTypes{name path description queue parameters}}",
);

export const CreateTask = new Operation<CreateTaskMutation, CreateTaskMutationVariables>(
  "mutation CreateTask($name:String!$args:JSON$kwargs:JSON$id:ID$queue:String$priority:Int$runAfter:DateTime){createTask(name:$name args:$args kwargs:$kwargs id:$id queue:$queue priority:$priority runAfter:$runAfter){id status}}",
);

export const TaskScreen = new Operation<TaskScreenQuery, TaskScreenQueryVariables>(
  "query TaskScreen($id:ID!){task(id:$id){id name path args kwargs queue priority status reason error result attempt worker{topic}createdAt runAfter startedAt finishedAt attempts{number worker outcome error traceback startedAt finishedAt}}workers{topic state}}",
);

export const TasksScreen = new Operation<TasksScreenQuery, TasksScreenQueryVariables>(
  "query TasksScreen($first:Int$after:String$last:Int$before:String$filter:TaskFilter$holding:Boolean!$topId:ID!$topCursor:String){page:tasks(first:$first after:$after last:$last before:$before filter:$filter){edges{cursor node{...TaskRow}}pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}top:task(id:$topId)@include(if:$holding){...TaskRow}newer:tasks(last:51 before:$topCursor filter:$filter)@include(if:$holding){edges{cursor}}totals:tasks(first:1){counts{queueing running failed finished}}workers{topic state}}fragment TaskRow on Task{id name args kwargs queue priority status reason error result attempt worker{topic}createdAt runAfter startedAt finishedAt}",
);

export const WorkersScreen = new Operation<WorkersScreenQuery, WorkersScreenQueryVariables>(
  "query WorkersScreen{workers{topic name host pid queues slots current pending succeeded failed state lastBeatAt tasks{id name status startedAt}}}",
);
