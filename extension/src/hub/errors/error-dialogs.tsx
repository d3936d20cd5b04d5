import { useState, type ReactNode } from "react";

import type { ErrorFilter, ErrorItem, ErrorsApi } from "../../common/api/errors-api";
import { count } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { Confirmation } from "../../shared-ui/components/confirmation";
import { Dialog } from "../../shared-ui/components/dialog";
import { Failure } from "../../shared-ui/components/failure";
import { Message } from "../../shared-ui/components/message";
import { TextField } from "../../shared-ui/components/text-field";
import { useAction } from "../../shared-ui/hooks/use-action";

const NOTE_LIMIT = 2000;

/** What a person is asked about. */
export type Question =
  | { readonly kind: "retry-all"; readonly filter: ErrorFilter; readonly total: number }
  | { readonly kind: "resolve"; readonly error: ErrorItem }
  | { readonly kind: "resolve-group"; readonly sample: ErrorItem; readonly filter: ErrorFilter; readonly total: number };

interface ErrorDialogsProps {
  readonly api: ErrorsApi;
  readonly question: Question | null;
  readonly onClose: () => void;
  /** It was done; in words. */
  readonly onDone: (outcome: string) => void;
}

export function ErrorDialogs({ api, question, onClose, onDone }: ErrorDialogsProps) {
  if (question === null) return null;
  if (question.kind === "retry-all") {
    return <RetryAllDialog api={api} question={question} onClose={onClose} onDone={onDone} />;
  }
  return <ResolveDialog api={api} question={question} onClose={onClose} onDone={onDone} />;
}

type Kind = Question["kind"];

interface DialogOf<Asked extends Kind> extends Omit<ErrorDialogsProps, "question"> {
  readonly question: Extract<Question, { readonly kind: Asked }>;
}

function RetryAllDialog({ api, question, onClose, onDone }: DialogOf<"retry-all">) {
  const { filter, total } = question;
  const retry = useAction(async () => {
    const retried = await api.retryAll(filter);
    onDone(`${count(retried, "error")} ${retried === 1 ? "is" : "are"} being tried again.`);
  });
  return (
    <Confirmation
      title={`Retry ${count(total, "error")}?`}
      confirm="Retry all"
      isBusy={retry.isRunning}
      error={retry.error}
      onConfirm={() => retry.start()}
      onCancel={onClose}
    >
      <p>Every open error in the list is tried again with what the work items are today, the oldest first.</p>
      <p className="quiet">It goes on in the background. Errors whose cause is mended close by themselves.</p>
    </Confirmation>
  );
}

function ResolveDialog({ api, question, onClose, onDone }: DialogOf<"resolve" | "resolve-group">) {
  const [note, setNote] = useState("");
  const [isAsked, setAsked] = useState(false);
  const sample = question.kind === "resolve" ? question.error : question.sample;
  const resolve = useAction(async () => {
    if (question.kind === "resolve") {
      await api.resolve(question.error.id, note.trim());
      onDone("The error is resolved. You find it in the history.");
      return;
    }
    const resolved = await api.resolveAll(question.filter, note.trim());
    onDone(`${count(resolved, "error")} resolved. You find them in the history.`);
  });
  const isMissing = note.trim() === "";
  const start = (): void => {
    if (isMissing) setAsked(true);
    else resolve.start();
  };
  const title = question.kind === "resolve" ? "Resolve this error?" : `Resolve ${count(question.total, "error")}?`;
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" isBusy={resolve.isRunning} onClick={start}>
            Resolve
          </Button>
        </>
      }
    >
      <Consequences sample={sample} />
      <TextField
        label="Note"
        hint="Why it is left so, for those who look at it later. Your name is kept with it."
        value={note}
        onChange={setNote}
        rows={3}
        maxLength={NOTE_LIMIT}
        error={isAsked && isMissing ? "Write down why." : null}
        takesFocus
      />
      {resolve.error !== null && <Failure error={resolve.error} />}
    </Dialog>
  );
}

function Consequences({ sample }: { readonly sample: ErrorItem }) {
  if (sample.impact !== "work_item" && sample.work_item_id === null) {
    return <p>It is closed with your note. It comes back if it happens again.</p>;
  }
  const what: ReactNode =
    sample.side === "remote"
      ? "It is closed here only. The other side keeps what it could not apply until somebody decides there."
      : "What failed is dropped and never applied. Changes that wait go on.";
  return (
    <>
      <p>{what}</p>
      <Message kind="warning">The two sides may differ until the next change of that field.</Message>
    </>
  );
}
