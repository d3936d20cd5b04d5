import { useEffect, useState } from "react";

import { fieldMessage, type ApiError } from "../../common/api/api-error";
import { errorText } from "../../common/api/error-texts";
import { findUrlFlaw } from "../../common/destination-url";
import { Button } from "../../shared-ui/components/button";
import { Failure } from "../../shared-ui/components/failure";
import { Message } from "../../shared-ui/components/message";
import { TextField } from "../../shared-ui/components/text-field";
import type { Change, Initiation } from "./initiation";
import { ModeChoice } from "./mode-choice";

const PAUSE_MILLISECONDS = 600;

interface DestinationStepProps {
  readonly state: Initiation;
  readonly change: (change: Change) => void;
  readonly error: ApiError | null;
  readonly isChecking: boolean;
  readonly onSubmit: () => void;
}

/** Where the other side is, if it can be called at all, and how the sync rules are made. */
export function DestinationStep({ state, change, error, isChecking, onSubmit }: DestinationStepProps) {
  const { hasUrl, url } = state;
  const isReady = state.mode !== null && findUrlFlaw(url) === null;
  return (
    <div className="stack">
      <div className="stack-small">
        {hasUrl ? (
          <UrlField state={state} change={change} error={error} onSubmit={() => isReady && onSubmit()} />
        ) : (
          <Message kind="info">
            The other side stays <strong>unknown</strong> until it accepts. You get an invitation code to send to its
            administrator; its node will call this one, so it may stand in a private network.
          </Message>
        )}
        <div>
          <Button
            kind="link"
            isPressed={!hasUrl}
            isDisabled={isChecking}
            onClick={() => change({ kind: "without-url", isWithout: hasUrl })}
          >
            I don&apos;t have a URL
          </Button>
        </div>
        {hasUrl && error !== null && isAboutConnection(error) && (
          <Failure error={error} onRetry={onSubmit}>
            <Button onClick={() => change({ kind: "without-url", isWithout: true })}>I don&apos;t have a URL</Button>
          </Failure>
        )}
      </div>
      <ModeChoice mode={state.mode} hasUrl={hasUrl} onChange={(mode) => change({ kind: "mode", mode })} />
    </div>
  );
}

/** Not the address is wrong, but what answers there, or nothing does. */
function isAboutConnection(error: ApiError): boolean {
  return addressMessage(error) === null;
}

function addressMessage(error: ApiError | null): string | null {
  if (error === null) return null;
  const message = fieldMessage(error, "url");
  if (message !== null) return message;
  if (!["url_refused", "own_organization", "validation", "foreign_organization"].includes(error.code)) return null;
  const { title, next } = errorText(error.code);
  return [title, error.problem.detail, next].filter((part) => part !== "").join(" ");
}

function UrlField({ state, change, error, onSubmit }: Omit<DestinationStepProps, "isChecking">) {
  const [isLeft, setLeft] = useState(false);
  const settled = useSettled(state.url);
  const flaw = state.url === "" ? null : findUrlFlaw(state.url);
  const shownFlaw = isLeft || settled === state.url ? flaw : null;
  return (
    <TextField
      label="Destination Instance URL"
      placeholder="https://node.example.com"
      value={state.url}
      onChange={(url) => {
        setLeft(false);
        change({ kind: "url", url });
      }}
      onBlur={() => setLeft(true)}
      onSubmit={onSubmit}
      error={addressMessage(error) ?? shownFlaw}
      hint="The Exalate URL of the other side, as its administrator sees it in General Settings. It is checked on Next."
      takesFocus
    />
  );
}

/** The text once the person has paused, so that nobody is told off in the middle of a word. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
