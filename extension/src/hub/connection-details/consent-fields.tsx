import { SelectField, type Choice } from "../../shared-ui/components/select-field";
import { ConditionField } from "../triggers/condition-field";
import type { Field, Values } from "./connection-form";

const CONSENTS: readonly Choice[] = [
  { value: "ask", title: "None without asking" },
  { value: "query", title: "Those that match a condition" },
  { value: "all", title: "All of the project" },
  { value: "nobody", title: "None, also not by asking" },
];
const ACCESSES: readonly Choice[] = [
  { value: "contributors", title: "Contributors" },
  { value: "administrators", title: "Administrators" },
];
const DEEDS: readonly { readonly field: Field; readonly title: string }[] = [
  { field: "panel_exalate", title: "Exalate" },
  { field: "panel_connect", title: "Connect" },
  { field: "panel_unexalate", title: "Unexalate" },
];

interface ConsentFieldsProps {
  readonly values: Values;
  readonly onEnter: (field: Field, value: string) => void;
  readonly error: string | null;
}

/** To which work items of this side the partner may connect, and who may do what on a work item here. */
export function ConsentFields({ values, onEnter, error }: ConsentFieldsProps) {
  return (
    <>
      <fieldset className="stack">
        <legend className="label">The partner may connect to existing work items</legend>
        <SelectField
          label="Which"
          value={values.consent}
          choices={CONSENTS}
          onChange={(value) => onEnter("consent", value)}
        />
        {values.consent === "query" && (
          <ConditionField
            value={values.consent_query}
            onChange={(value) => onEnter("consent_query", value)}
            error={error}
          />
        )}
      </fieldset>
      <fieldset className="stack">
        <legend className="label">Who may act on a work item of this side</legend>
        {DEEDS.map(({ field, title }) => (
          <SelectField
            key={field}
            label={title}
            value={values[field]}
            choices={ACCESSES}
            onChange={(value) => onEnter(field, value)}
          />
        ))}
      </fieldset>
    </>
  );
}
