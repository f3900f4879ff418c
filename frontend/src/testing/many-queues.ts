import { type FakeQueue, type FakeTask, aQueue, aTask } from "./task-factory";

/** Three hundred queues: in some a few tasks wait, some for long, in some one runs, and a few are paused. */
export function manyQueues(): { tasks: FakeTask[]; queues: FakeQueue[] } {
  const now = Date.now();
  const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();
  const tasks: FakeTask[] = [];
  const queues: FakeQueue[] = [];
  for (let at = 0; at < 300; at += 1) {
    const queue = `tenant-${String((at * 37) % 300).padStart(3, "0")}.${at % 3 ? "mail" : "reports"}`;
    for (let task = 0; task < (at * 7) % 5; task += 1)
      tasks.push(aTask.queueing({ queue, createdAt: ago(3 + ((at * 131) % 7_000) + task) }));
    const startedAt = ago(21 + at);
    tasks.push(aTask.finished({ queue, createdAt: startedAt, startedAt, finishedAt: ago(20 + at) }));
    if (at % 11 === 2) tasks.push(aTask.running({ queue, createdAt: ago(6), startedAt: ago(5) }));
    if (at % 50 === 3)
      queues.push(aQueue(queue, { paused: true, pauseReason: "this tenant is being moved" }));
  }
  return { tasks, queues };
}
