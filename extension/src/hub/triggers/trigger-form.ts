import type { Trigger, TriggerWish } from "../../common/api/triggers-api";

/** What a person enters about a trigger; `base` is the one that is edited, null for a new one. */
export interface TriggerForm {
  readonly base: Trigger | null;
  readonly values: TriggerWish;
  /** The trigger as somebody else left it meanwhile: a person has to decide. */
  readonly theirs: Trigger | null;
}

export const FIELDS = ["work_item_type", "condition", "connection_id", "notes", "is_active"] as const;
export type Field = (typeof FIELDS)[number];

export const FIELD_NAMES: Readonly<Record<Field, string>> = {
  work_item_type: "Work item type",
  condition: "If",
  connection_id: "Then sync with",
  notes: "Notes",
  is_active: "Activate trigger",
};

export function newForm(connectionId: string): TriggerForm {
  const values = { connection_id: connectionId, work_item_type: "", condition: "", notes: "", is_active: true };
  return { base: null, values, theirs: null };
}

export function editForm(trigger: Trigger): TriggerForm {
  return { base: trigger, values: valuesOf(trigger), theirs: null };
}

export function enter<Name extends Field>(form: TriggerForm, field: Name, value: TriggerWish[Name]): TriggerForm {
  const values = { ...form.values, [field]: value };
  // Types belong to the connection's project.
  return { ...form, values: field === "connection_id" ? { ...values, work_item_type: "" } : values };
}

/** Whether there is anything to ask about or to save: no condition and no type would mean everything. */
export function isComplete({ values }: TriggerForm): boolean {
  return values.connection_id !== "" && (values.condition.trim() !== "" || values.work_item_type !== "");
}

export function isDirty(form: TriggerForm): boolean {
  if (form.base === null) return form.values.condition !== "" || form.values.notes !== "";
  return Object.keys(changesOf(form)).length > 0;
}

/** Only what the person changed is sent. */
export function changesOf({ base, values }: TriggerForm): Partial<TriggerWish> {
  const known = base === null ? null : valuesOf(base);
  return Object.fromEntries(
    FIELDS.filter((field) => known === null || known[field] !== values[field]).map((field) => [field, values[field]]),
  );
}

export interface Difference {
  readonly field: Field;
  readonly mine: string;
  readonly theirs: string;
}

/** Where the two versions differ. */
export function findDifferences({ values, theirs }: TriggerForm): readonly Difference[] {
  if (theirs === null) return [];
  const other = valuesOf(theirs);
  return FIELDS.filter((field) => values[field] !== other[field]).map((field) => ({
    field,
    mine: shown(values[field]),
    theirs: shown(other[field]),
  }));
}

/** Go on with what was typed, knowing what the other person wrote. */
export function keepMine(form: TriggerForm): TriggerForm {
  return { ...form, base: form.theirs ?? form.base, theirs: null };
}

export function takeTheirs(form: TriggerForm): TriggerForm {
  return form.theirs === null ? form : editForm(form.theirs);
}

function valuesOf(trigger: Trigger): TriggerWish {
  const { connection_id, work_item_type, condition, notes, is_active } = trigger;
  return { connection_id, work_item_type, condition, notes, is_active };
}

function shown(value: string | boolean): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return value === "" ? "(empty)" : value;
}
