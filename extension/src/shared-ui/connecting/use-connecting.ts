import { useState } from "react";

import { fieldMessage, type ApiError } from "../../common/api/api-error";
import type { KeptContent } from "../../common/api/types";
import { readWorkItemKey } from "../../common/work-item-key";
import { useAction } from "../hooks/use-action";

export interface Connecting {
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly content: KeptContent;
  readonly setContent: (content: KeptContent) => void;
  /** What is wrong with the key; null for nothing. */
  readonly flaw: string | null;
  /** What went wrong and is not about the key. */
  readonly error: ApiError | null;
  readonly isRunning: boolean;
  readonly start: () => void;
}

/** Linking a work item with one that exists on the other side: what is typed, checked and sent. */
export function useConnecting(connect: (remoteId: string, content: KeptContent) => Promise<void>): Connecting {
  const [text, setText] = useState("");
  const [content, setContent] = useState<KeptContent>("local");
  const [flaw, setFlaw] = useState<string | null>(null);
  const action = useAction((remoteId: string) => connect(remoteId, content));
  const refusal = fieldMessage(action.error, "remote_work_item_id");
  return {
    text,
    setText: (typed) => {
      setText(typed);
      setFlaw(null);
      action.forgetError();
    },
    content,
    setContent,
    flaw: flaw ?? refusal,
    error: refusal === null ? action.error : null,
    isRunning: action.isRunning,
    start: () => {
      const key = readWorkItemKey(text);
      setFlaw(key.kind === "flaw" ? key.message : null);
      if (key.kind === "key") action.start(key.number);
    },
  };
}
