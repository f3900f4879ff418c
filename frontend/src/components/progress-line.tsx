interface Progress {
  fraction: number | null;
  message: string | null;
}

/** How far a running task says it is: a bar with its number, its own words, or either alone. */
export function ProgressLine({ progress, label }: { progress: Progress; label: string }) {
  const { fraction, message } = progress;
  return (
    <span className="progress">
      {fraction !== null && (
        <>
          <progress value={fraction} max={1} aria-label={label} />
          <span className="progress-number">{Math.floor(fraction * 100)} %</span>
        </>
      )}
      {message && <span className="progress-message">{message}</span>}
    </span>
  );
}
