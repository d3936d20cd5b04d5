import { useMemo, useState } from "react";

import { toApiError } from "../../common/api/api-error";
import type { Trigger, TriggersApi } from "../../common/api/triggers-api";
import { useAction, type Action } from "../../shared-ui/hooks/use-action";
import { changesOf, isComplete, type TriggerForm } from "./trigger-form";
import { usePreview, type PreviewState } from "./use-preview";

export interface TriggerFormState {
  readonly form: TriggerForm;
  readonly setForm: (form: TriggerForm) => void;
  readonly preview: PreviewState;
  readonly save: Action<readonly []>;
}

/** A trigger that is entered: looked at while it is typed, then made or changed. */
export function useTriggerForm(api: TriggersApi, first: TriggerForm, onSaved: (trigger: Trigger) => void): TriggerFormState {
  const [form, setStored] = useState(first);
  const { connection_id, work_item_type, condition } = form.values;
  const isAsked = isComplete(form);
  const asked = useMemo(
    () => (isAsked ? { connection_id, work_item_type, condition } : null),
    [isAsked, connection_id, work_item_type, condition],
  );
  const preview = usePreview(api, asked);
  const save = useAction(async () => {
    const { base, values } = form;
    try {
      onSaved(base === null ? await api.create(values) : await api.edit(base, changesOf(form)));
    } catch (thrown) {
      const theirs = currentOf(thrown);
      if (theirs === null) throw thrown;
      setStored({ ...form, theirs });
    }
  });
  const setForm = (next: TriggerForm): void => {
    save.forgetError();
    setStored(next);
  };
  return { form, setForm, preview, save };
}

/** The trigger as somebody else left it, where that is why the node refused. */
export function currentOf(thrown: unknown): Trigger | null {
  const { problem } = toApiError(thrown);
  return problem.status === 412 && problem.current !== undefined ? (problem.current as Trigger) : null;
}

