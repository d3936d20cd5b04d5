interface ProgressBarProps {
  readonly label: string;
  readonly done: number;
  /** 0 while it is not known yet. */
  readonly total: number;
}

/** How far long work is. */
export function ProgressBar({ label, done, total }: ProgressBarProps) {
  const share = total === 0 ? 0 : Math.min(1, done / total);
  return (
    <div className="progress">
      <div
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={total === 0 ? undefined : total}
        aria-valuenow={total === 0 ? undefined : done}
        aria-valuetext={total === 0 ? "Counting" : `${done.toLocaleString()} of ${total.toLocaleString()}`}
        className={total === 0 ? "progress-track unknown" : "progress-track"}
      >
        <div className="progress-done" style={{ width: `${share * 100}%` }} />
      </div>
      <span className="quiet small">
        {total === 0 ? "Counting…" : `${done.toLocaleString()} of ${total.toLocaleString()}`}
      </span>
    </div>
  );
}
