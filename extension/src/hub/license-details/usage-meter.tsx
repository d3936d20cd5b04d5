interface UsageMeterProps {
  readonly label: string;
  readonly used: number;
  readonly limit: number;
}

const NEARLY = 0.9;

/** How much of a limit is used; in words too, never by its color alone. */
export function UsageMeter({ label, used, limit }: UsageMeterProps) {
  const share = Math.min(1, used / limit);
  const left = Math.max(0, limit - used);
  const words = `${used.toLocaleString()} of ${limit.toLocaleString()}`;
  const tone = share >= 1 ? "full" : share >= NEARLY ? "nearly-full" : "";
  return (
    <div className="stack-small">
      <div className="meter-words">
        <span>{label}</span>
        <strong>{words}</strong>
      </div>
      <div
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={limit}
        aria-valuenow={Math.min(used, limit)}
        aria-valuetext={`${words}, ${left.toLocaleString()} left`}
        className={`meter ${tone}`}
      >
        <div className="meter-used" style={{ width: `${share * 100}%` }} />
      </div>
      <p className="quiet small">{left.toLocaleString()} left</p>
    </div>
  );
}
