import { useId, type ReactNode } from "react";

import { useModal } from "../hooks/use-modal";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** The buttons. */
  readonly footer: ReactNode;
}

/** A question that stands before everything else. */
export function Dialog({ title, onClose, children, footer }: DialogProps) {
  const id = useId();
  const dialog = useModal(onClose);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={id}>
      <div className="dialog-content">
        <h2 id={id} tabIndex={-1} dir="auto" className="break">
          {title}
        </h2>
        {children}
        <div className="row" style={{ justifyContent: "flex-end" }}>
          {footer}
        </div>
      </div>
    </dialog>
  );
}
