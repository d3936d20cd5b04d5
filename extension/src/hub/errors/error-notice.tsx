import { useState } from "react";

import type { GraveError } from "../../common/api/errors-api";
import { Button } from "../../shared-ui/components/button";
import { Icon } from "../../shared-ui/components/icon";
import { isNews, keepDismissal, readDismissal } from "./dismissal";

interface ErrorNoticeProps {
  readonly newest: GraveError | null;
  readonly onShow: (error: GraveError) => void;
}

/** Something stopped a connection or the node: told on every tab, until it is over or a person has seen it. */
export function ErrorNotice({ newest, onShow }: ErrorNoticeProps) {
  const [dismissedUntil, setDismissed] = useState(() => readDismissal());
  const shown = isNews(newest, dismissedUntil) ? newest : null;
  const dismiss = (error: GraveError): void => {
    keepDismissal(error);
    setDismissed(error.opened_at);
  };
  return (
    <div role="status" className="error-notice-place">
      {shown !== null && (
        <div className="message error error-notice">
          <Icon name="error" />
          <div className="message-body">
            <strong>{shown.impact === "node" ? "This node can't work as it should." : "A connection does not work."}</strong>{" "}
            <span dir="auto">{shown.message}</span>
          </div>
          <Button kind="link" onClick={() => onShow(shown)}>
            Show the error
          </Button>
          <Button kind="subtle" icon="close" isIconOnly onClick={() => dismiss(shown)}>
            Dismiss
          </Button>
        </div>
      )}
    </div>
  );
}
