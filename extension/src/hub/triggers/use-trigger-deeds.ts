import { useState } from "react";

import type { ApiError } from "../../common/api/api-error";
import type { BulkDeed, Trigger, TriggersApi } from "../../common/api/triggers-api";
import { useAction } from "../../shared-ui/hooks/use-action";
import { useHub } from "../hub-context";
import type { TriggerDeed } from "./trigger-list";

/** A deed that is asked about first. */
export interface ChosenDeed {
  readonly deed: "deactivate" | "delete" | BulkDeed;
  readonly trigger: Trigger;
}

export interface TriggerDeeds {
  readonly chosen: ChosenDeed | null;
  /** What was done last, in a few words. */
  readonly word: string;
  readonly error: ApiError | null;
  /** How many bulk jobs were begun here. */
  readonly started: number;
  readonly begin: (deed: TriggerDeed, trigger: Trigger) => void;
  readonly cancel: () => void;
  readonly done: (word: string) => void;
  readonly hasStarted: () => void;
}

/** What people do to triggers of the list; `reload` reads it anew. */
export function useTriggerDeeds(api: TriggersApi, reload: () => void): TriggerDeeds {
  const { go } = useHub();
  const [chosen, setChosen] = useState<ChosenDeed | null>(null);
  const [word, setWord] = useState("");
  const [started, setStarted] = useState(0);
  const done = (told: string): void => {
    setChosen(null);
    setWord(told);
    reload();
  };
  const atOnce = useAction(async (deed: "activate" | "count", trigger: Trigger) => {
    if (deed === "count") await api.count(trigger.id);
    else await api.turn(trigger, "activate");
    done(deed === "count" ? "The matches are counted." : "The trigger is active.");
  });
  const begin = (deed: TriggerDeed, trigger: Trigger): void => {
    setWord("");
    atOnce.forgetError();
    if (deed === "edit") go(`triggers/${encodeURIComponent(trigger.id)}`);
    else if (deed === "activate" || deed === "count") atOnce.start(deed, trigger);
    else setChosen({ deed, trigger });
  };
  return {
    chosen,
    word,
    error: atOnce.error,
    started,
    begin,
    cancel: () => setChosen(null),
    done,
    hasStarted: () => {
      setStarted(started + 1);
      done("It has begun; see below.");
    },
  };
}
