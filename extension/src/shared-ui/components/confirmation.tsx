import type { ReactNode } from "react";

import type { ApiError } from "../../common/api/api-error";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { Failure } from "./failure";

interface ConfirmationProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly confirm: string;
  readonly cancel?: string;
  readonly isDangerous?: boolean;
  readonly isBusy?: boolean;
  readonly error?: ApiError | null;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}

/** A yes or no; Esc means no. */
export function Confirmation(props: ConfirmationProps) {
  const { title, children, confirm, cancel = "Cancel", isDangerous = false, isBusy = false, error = null } = props;
  const footer = (
    <>
      <Button onClick={props.onCancel}>{cancel}</Button>
      <Button kind={isDangerous ? "danger" : "primary"} isBusy={isBusy} onClick={props.onConfirm}>
        {confirm}
      </Button>
    </>
  );
  return (
    <Dialog title={title} onClose={props.onCancel} footer={footer}>
      {children}
      {error !== null && <Failure error={error} />}
    </Dialog>
  );
}
