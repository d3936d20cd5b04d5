import { besideFields, fieldMessage } from "../../common/api/api-error";
import { Failure } from "../../shared-ui/components/failure";
import { Icon } from "../../shared-ui/components/icon";
import { TextField } from "../../shared-ui/components/text-field";
import { ProjectPicker } from "../projects/project-picker";
import { ConsentFields } from "./consent-fields";
import { enterValue, FIELDS, type Field } from "./connection-form";
import { EditConflict } from "./edit-conflict";
import type { ConnectionFormState } from "./use-connection-form";

/** Name, description, project, and what the partner and people may do. */
export function EditForm({ state }: { readonly state: ConnectionFormState }) {
  const { form, setForm, save, isSaved } = state;
  const { name, description, project } = form.values;
  const enter = (field: Field) => (value: string) => setForm(enterValue(form, field, value));
  const unplaced = besideFields(save.error, FIELDS);
  return (
    <section className="stack" aria-label="Edit connection">
      <h3>Edit connection</h3>
      {form.theirs !== null && <EditConflict form={form} onDecide={setForm} />}
      <TextField
        label="Name"
        value={name}
        onChange={enter("name")}
        onSubmit={() => {
          if (form.theirs === null && name.trim() !== "") save.start();
        }}
        error={name.trim() === "" ? "Enter a name." : fieldMessage(save.error, "name")}
      />
      <TextField
        label="Description"
        rows={3}
        value={description}
        onChange={enter("description")}
        error={fieldMessage(save.error, "description")}
      />
      <ProjectPicker
        label="Project for incoming sync"
        hint="Applies to new work items only; those under sync stay where they are."
        value={project}
        onChange={enter("project")}
        error={fieldMessage(save.error, "project")}
      />
      <ConsentFields
        values={form.values}
        onEnter={(field, value) => setForm(enterValue(form, field, value))}
        error={fieldMessage(save.error, "consent_query")}
      />
      {unplaced !== null && <Failure error={unplaced} onRetry={save.start} />}
      <span role="status" className="status success">
        {isSaved && (
          <>
            <Icon name="success" /> Saved
          </>
        )}
      </span>
    </section>
  );
}
