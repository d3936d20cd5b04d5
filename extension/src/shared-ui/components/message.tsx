import type { ReactNode } from "react";

import { Icon, type IconName } from "./icon";

export type MessageKind = "info" | "success" | "warning" | "error";

const ICONS: Readonly<Record<MessageKind, IconName>> = {
  info: "info",
  success: "success",
  warning: "warning",
  error: "error",
};

interface MessageProps {
  readonly kind: MessageKind;
  readonly children: ReactNode;
  /** Read out at once; for what appears while the person is busy elsewhere on the page. */
  readonly isAnnounced?: boolean;
}

export function Message({ kind, children, isAnnounced = kind === "error" }: MessageProps) {
  const role = isAnnounced ? (kind === "error" ? "alert" : "status") : undefined;
  return (
    <div className={`message ${kind}`} role={role}>
      <Icon name={ICONS[kind]} />
      <div className="message-body">{children}</div>
    </div>
  );
}
