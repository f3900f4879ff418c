/* What is below the head of a task comes in a file of its own: the list of tasks, which most readers open first, is there sooner without it. */
import { useEffect, useState } from "react";

type Report = typeof import("./task-report").TaskReport;

const AGAIN_AFTER_MS = 2_000;

let fetched: Report | null = null;

/** Fetched when the page starts: it is there before anybody has opened a task, or with the answer for the first one. */
export const reportIsThere = fetchReport().catch(() => {});

async function fetchReport(): Promise<void> {
  fetched = (await import("./task-report")).TaskReport;
}

/** The component, null until it is there; `failed` while it is asked for again. */
export function useTaskReport(): { Report: Report | null; failed: boolean } {
  const [Report, setReport] = useState(() => fetched);
  const [failures, setFailures] = useState(0);
  useEffect(() => {
    if (Report) return;
    let left = false;
    const ask = async () => {
      try {
        if (failures === 0) await reportIsThere;
        if (!fetched) await fetchReport();
        if (!left) setReport(() => fetched);
      } catch {
        if (!left) setFailures(failures + 1);
      }
    };
    const timer = setTimeout(() => void ask(), failures === 0 ? 0 : AGAIN_AFTER_MS);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [Report, failures]);
  return { Report, failed: failures > 0 };
}
