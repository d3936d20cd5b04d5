import type { ReactNode } from "react";

import { Icon, type IconName } from "./icon";
import { Spinner } from "./spinner";

interface ButtonProps {
  readonly children: ReactNode;
  readonly onClick: () => void;
  readonly kind?: "standard" | "primary" | "subtle" | "danger" | "link";
  readonly icon?: IconName;
  /** Shows only the icon; the children become the name that is read out. */
  readonly isIconOnly?: boolean;
  /** Stays in the tab order, so that the keyboard does not lose its place; does nothing. */
  readonly isDisabled?: boolean;
  readonly isBusy?: boolean;
  readonly isPressed?: boolean;
  readonly isExpanded?: boolean;
  readonly description?: string;
}

export function Button(props: ButtonProps) {
  const { children, onClick, kind = "standard", icon, isIconOnly = false, isDisabled = false, isBusy = false } = props;
  const isOff = isDisabled || isBusy;
  return (
    <button
      type="button"
      className={`button ${kind} ${isIconOnly ? "icon-only" : ""}`}
      onClick={() => {
        if (!isOff) onClick();
      }}
      aria-disabled={isOff || undefined}
      aria-busy={isBusy || undefined}
      aria-pressed={props.isPressed}
      aria-expanded={props.isExpanded}
      aria-describedby={props.description}
      title={isIconOnly && typeof children === "string" ? children : undefined}
    >
      {isBusy ? <Spinner /> : icon !== undefined && <Icon name={icon} />}
      {isIconOnly ? <span className="only-read">{children}</span> : <span>{children}</span>}
    </button>
  );
}
