import { useId, useRef, useState } from "react";

import { Button } from "./button";
import { Icon } from "./icon";

interface CopyCodeProps {
  readonly label: string;
  readonly code: string;
  /** What the button says. */
  readonly copy: string;
  readonly copied: string;
}

type Outcome = "none" | "copied" | "selected";

/** A code to take along. Where the browser blocks the clipboard, as it may inside a frame, the code is selected instead. */
export function CopyCode({ label, code, copy, copied }: CopyCodeProps) {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [outcome, setOutcome] = useState<Outcome>("none");
  const onCopy = (): void => {
    void copyText(code, field.current).then((isCopied) => setOutcome(isCopied ? "copied" : "selected"));
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        ref={field}
        className="input code-field"
        readOnly
        value={code}
        spellCheck={false}
        onFocus={(event) => event.target.select()}
      />
      <div className="row">
        <Button kind="primary" icon={outcome === "copied" ? "check" : "copy"} onClick={onCopy}>
          {copy}
        </Button>
        <span role="status" className="status success">
          {outcome === "copied" && (
            <>
              <Icon name="success" /> {copied}
            </>
          )}
          {outcome === "selected" && "The browser blocks copying here. The code is selected: press Ctrl+C (⌘C on a Mac)."}
        </span>
      </div>
    </div>
  );
}

async function copyText(text: string, field: HTMLTextAreaElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    field?.focus();
    field?.select();
    // The older way still works in some frames where the newer one is not delegated.
    return runCopyCommand();
  }
}

function runCopyCommand(): boolean {
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else copies without the clipboard permission
    return document.execCommand("copy");
  } catch {
    return false;
  }
}
