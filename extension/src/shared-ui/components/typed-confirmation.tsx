import { useState, type ReactNode } from "react";

import type { ApiError } from "../../common/api/api-error";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { Failure } from "./failure";
import { TextField } from "./text-field";

interface TypedConfirmationProps {
  readonly title: string;
  readonly children: ReactNode;
  /** What has to be typed. */
  readonly name: string;
  readonly confirm: string;
  readonly isBusy: boolean;
  readonly error: ApiError | null;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}

/** For what cannot be undone: the name has to be typed first. */
export function TypedConfirmation(props: TypedConfirmationProps) {
  const [typed, setTyped] = useState("");
  const isRight = typed.trim() === props.name.trim();
  const footer = (
    <>
      <Button onClick={props.onCancel}>Cancel</Button>
      <Button kind="danger" isDisabled={!isRight} isBusy={props.isBusy} onClick={props.onConfirm}>
        {props.confirm}
      </Button>
    </>
  );
  return (
    <Dialog title={props.title} onClose={props.onCancel} footer={footer}>
      {props.children}
      <TextField
        label="Type its name to confirm"
        hint={<span dir="auto">{props.name}</span>}
        value={typed}
        onChange={setTyped}
        takesFocus
      />
      {props.error !== null && <Failure error={props.error} />}
    </Dialog>
  );
}
