import { Icon, type IconName } from "./icon";

export type StatusTone = "success" | "warning" | "error" | "info" | "neutral";

interface StatusLabelProps {
  readonly icon: IconName;
  readonly tone: StatusTone;
  readonly children: string;
}

/** A state in a word, with its icon; never by its color alone. */
export function StatusLabel({ icon, tone, children }: StatusLabelProps) {
  return (
    <span className={`status ${tone}`}>
      <Icon name={icon} />
      <span>{children}</span>
    </span>
  );
}
