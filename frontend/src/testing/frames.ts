// The server's own tests read the same file: tests/backend/tasks/test_frames.py.
// eslint-disable-next-line no-restricted-imports -- what both sides must agree on stands once, outside this folder
import text from "../../../tests/support/frames.json?raw";
import { parseJson } from "@/lib/json";

/** The frames of a traceback by their files, in its order, and whether each is the reader's own. */
export interface FrameCase {
  what: string;
  frames: Record<string, boolean>;
}

export const frameCases = parseJson(text) as unknown as FrameCase[];
