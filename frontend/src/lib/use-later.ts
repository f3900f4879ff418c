import { useEffect, useRef } from "react";

/** Call with the newest value once no other has come for so long, in milliseconds. */
export function useLater(act: (value: string) => void, pause: number) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const newest = useRef(act);
  useEffect(() => {
    newest.current = act;
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  const stop = () => clearTimeout(timer.current);
  const start = (value: string) => {
    stop();
    timer.current = setTimeout(() => newest.current(value), pause);
  };
  return { start, stop };
}
