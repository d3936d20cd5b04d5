import type { ApiError } from "../../common/api/api-error";
import type { CounterpartChoice } from "../../common/api/types";
import { Button } from "../components/button";
import { Message } from "../components/message";

interface CounterpartQuestionProps {
  readonly error: ApiError | null;
  readonly isBusy: boolean;
  readonly onChoose: (choice: CounterpartChoice) => void;
}

/** What is to become of a work item that was in sync with one of the partner before; nothing for any other error. */
export function CounterpartQuestion({ error, isBusy, onChoose }: CounterpartQuestionProps) {
  if (error === null || besideCounterpart(error) !== null) return null;
  return (
    <Message kind="warning" isAnnounced>
      <p dir="auto">{error.problem.detail}</p>
      <div className="row">
        <Button isBusy={isBusy} onClick={() => onChoose("connect")}>
          Connect again
        </Button>
        <Button isBusy={isBusy} onClick={() => onChoose("separate")}>
          Make a new one
        </Button>
      </div>
    </Message>
  );
}

/** The error where it is not that question. */
export function besideCounterpart(error: ApiError | null): ApiError | null {
  return error?.code === "known_counterpart" ? null : error;
}
