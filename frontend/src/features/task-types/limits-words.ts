import { spanInWords } from "@/lib/duration";

interface Limits {
  maxAttempts: number;
  /** Seconds an attempt has; null for no limit. */
  timeout: number | null;
}

/** "3 attempts of 1 min each", "1 attempt, no time limit". */
export function limitsWords({ maxAttempts, timeout }: Limits): string {
  const attempts = maxAttempts === 1 ? "1 attempt" : `${maxAttempts.toLocaleString("en")} attempts`;
  if (timeout === null) return `${attempts}, no time limit`;
  return `${attempts} of ${spanInWords(timeout * 1000)}${maxAttempts === 1 ? "" : " each"}`;
}
