import { useId, type ReactNode } from "react";

import { useModal } from "../hooks/use-modal";
import { Button } from "./button";

interface PanelProps {
  readonly title: ReactNode;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly footer?: ReactNode;
  /** Which step of a wizard is shown; a new one takes the focus. */
  readonly step?: string;
}

/** A form at the side of the page, over it. */
export function Panel({ title, onClose, children, footer, step }: PanelProps) {
  const id = useId();
  const dialog = useModal(onClose, step);
  return (
    <dialog ref={dialog} className="panel" aria-labelledby={id}>
      <div className="panel-header">
        <h2 id={id} className="panel-title" tabIndex={-1} dir="auto">
          {title}
        </h2>
        <Button kind="subtle" icon="close" isIconOnly onClick={onClose}>
          Close
        </Button>
      </div>
      <div className="panel-body">{children}</div>
      {footer !== undefined && <div className="panel-footer">{footer}</div>}
    </dialog>
  );
}
