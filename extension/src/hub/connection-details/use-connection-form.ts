import { useState } from "react";

import { toApiError } from "../../common/api/api-error";
import type { Connection } from "../../common/api/types";
import { useAction, type Action } from "../../shared-ui/hooks/use-action";
import { readConflict } from "../connection-actions/use-connection-action";
import { useHub } from "../hub-context";
import { beginForm, changesOf, isDirty, receive, receiveRefusal, type ConnectionForm } from "./connection-form";

export interface ConnectionFormState {
  readonly form: ConnectionForm;
  readonly setForm: (form: ConnectionForm) => void;
  readonly save: Action<readonly []>;
  readonly isSaved: boolean;
}

/** The edit form of a connection, in step with what is read from the node meanwhile. */
export function useConnectionForm(latest: Connection, onChanged: () => void): ConnectionFormState {
  const { api } = useHub();
  const [stored, setStored] = useState(() => beginForm(latest));
  const [isSaved, setSaved] = useState(false);
  const form = receive(stored, latest);
  const save = useAction(async () => {
    if (!isDirty(form)) return;
    try {
      setStored(beginForm(await api.changeConnection(form.base, changesOf(form)), form));
      setSaved(true);
    } catch (thrown) {
      const current = readConflict(toApiError(thrown));
      if (current === null) throw thrown;
      setStored(receiveRefusal(form, current));
    } finally {
      onChanged();
    }
  });
  const setForm = (next: ConnectionForm): void => {
    setSaved(false);
    save.forgetError();
    setStored(next);
  };
  return { form, setForm, save, isSaved };
}
