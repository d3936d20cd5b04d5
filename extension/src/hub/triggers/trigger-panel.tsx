import { useCallback, useState } from "react";

import { besideFields, fieldMessage } from "../../common/api/api-error";
import type { Trigger, TriggersApi } from "../../common/api/triggers-api";
import type { Connection } from "../../common/api/types";
import { Button } from "../../shared-ui/components/button";
import { CheckBox } from "../../shared-ui/components/check-box";
import { DiscardQuestion } from "../../shared-ui/components/discard-question";
import { Failure } from "../../shared-ui/components/failure";
import { FieldError } from "../../shared-ui/components/field-error";
import { Panel } from "../../shared-ui/components/panel";
import { SelectField, type Choice } from "../../shared-ui/components/select-field";
import { TextField } from "../../shared-ui/components/text-field";
import { useLive } from "../../shared-ui/hooks/use-live";
import { ConditionField } from "./condition-field";
import { PreviewSection } from "./preview-section";
import { TriggerConflict } from "./trigger-conflict";
import { enter, FIELDS, isComplete, isDirty, type Field, type TriggerForm } from "./trigger-form";
import { useTriggerForm, type TriggerFormState } from "./use-trigger-form";

interface TriggerPanelProps {
  readonly api: TriggersApi;
  readonly first: TriggerForm;
  /** Those that a trigger may name. */
  readonly connections: readonly Connection[];
  readonly onSaved: (trigger: Trigger) => void;
  readonly onClose: () => void;
}

/** Makes or changes one trigger. */
export function TriggerPanel({ api, first, connections, onSaved, onClose }: TriggerPanelProps) {
  const state = useTriggerForm(api, first, onSaved);
  const { form, preview, save } = state;
  const [isAsking, setAsking] = useState(false);
  const close = (): void => {
    if (isDirty(form)) setAsking(true);
    else onClose();
  };
  const isUsable = isComplete(form) && form.theirs === null && fieldMessage(preview.error, "condition") === null;
  const isNew = form.base === null;
  return (
    <Panel
      title={isNew ? "Create trigger" : "Edit trigger"}
      onClose={close}
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button
            kind="primary"
            isDisabled={!isUsable || (!isNew && !isDirty(form))}
            isBusy={save.isRunning}
            onClick={save.start}
          >
            {isNew ? "Create" : "Save"}
          </Button>
        </>
      }
    >
      <div className="stack trigger-form">
        {form.theirs !== null && <TriggerConflict form={form} onDecide={state.setForm} />}
        <TriggerFields api={api} state={state} connections={connections} />
        <PreviewSection state={preview} />
      </div>
      {isAsking && <DiscardQuestion onKeep={() => setAsking(false)} onDiscard={onClose} />}
    </Panel>
  );
}

type TriggerFieldsProps = Pick<TriggerPanelProps, "api" | "connections"> & { readonly state: TriggerFormState };

function TriggerFields({ api, state, connections }: TriggerFieldsProps) {
  const { form, setForm, preview, save } = state;
  const { values } = form;
  const message = (field: Field): string | null => fieldMessage(save.error, field) ?? fieldMessage(preview.error, field);
  const unplaced = besideFields(save.error, FIELDS);
  return (
    <>
      <TypeField
        key={values.connection_id}
        api={api}
        connectionId={values.connection_id}
        value={values.work_item_type}
        error={message("work_item_type")}
        onChange={(type) => setForm(enter(form, "work_item_type", type))}
      />
      <ConditionField
        value={values.condition}
        error={message("condition")}
        onChange={(condition) => setForm(enter(form, "condition", condition))}
      />
      <SelectField
        label="Then sync with"
        value={values.connection_id}
        choices={connectionChoices(form, connections)}
        onChange={(id) => setForm(enter(form, "connection_id", id))}
      />
      <TextField
        label="Notes"
        rows={2}
        maxLength={2000}
        value={values.notes}
        error={message("notes")}
        onChange={(notes) => setForm(enter(form, "notes", notes))}
      />
      <CheckBox
        label="Activate trigger"
        isChecked={values.is_active}
        hint="It looks at what is created or changed from then on. What is there already can be put under sync by Bulk Exalate."
        onChange={(isActive) => setForm(enter(form, "is_active", isActive))}
      />
      {unplaced !== null && <Failure error={unplaced} onRetry={save.start} />}
    </>
  );
}

interface TypeFieldProps {
  readonly api: TriggersApi;
  readonly connectionId: string;
  readonly value: string;
  readonly error: string | null;
  readonly onChange: (type: string) => void;
}

/** The types of the connection's project; nothing to choose from is no hindrance. */
function TypeField({ api, connectionId, value, error, onChange }: TypeFieldProps) {
  const load = useCallback(
    (signal: AbortSignal) => (connectionId === "" ? Promise.resolve([]) : api.listTypes(connectionId, signal)),
    [api, connectionId],
  );
  const { value: types, error: failure, reload } = useLive<readonly string[]>(load, null);
  const known = types ?? [];
  const names = value === "" || known.includes(value) ? known : [value, ...known];
  return (
    <div className="field">
      <SelectField
        label="Work item type"
        value={value}
        choices={[{ value: "", title: "Any" }, ...names.map((name) => ({ value: name, title: name }))]}
        isDisabled={connectionId === ""}
        onChange={onChange}
      />
      {connectionId === "" && <p className="quiet small">Choose a connection first: types belong to its project.</p>}
      <FieldError id="trigger-type-error" message={error} />
      {failure !== null && <Failure error={failure} onRetry={reload} />}
    </div>
  );
}

function connectionChoices({ values, base }: TriggerForm, connections: readonly Connection[]): readonly Choice[] {
  const choices = connections.map(({ id, name, project }) => ({ value: id, title: `${name} (project ${project})` }));
  const isListed = connections.some(({ id }) => id === values.connection_id);
  if (isListed) return choices;
  // Chosen once, and gone since; or not chosen yet.
  const title = values.connection_id === "" ? "Choose a connection" : `${base?.connection_name ?? "Unknown"} (removed)`;
  return [{ value: values.connection_id, title }, ...choices];
}
