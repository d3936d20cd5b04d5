import type { Connection, ConnectionChanges } from "../../common/api/types";

export const FIELDS = [
  "name",
  "description",
  "project",
  "consent",
  "consent_query",
  "panel_exalate",
  "panel_connect",
  "panel_unexalate",
] as const;
export type Field = (typeof FIELDS)[number];

/** What a person edits of a connection while others may edit it as well. */
export type Values = Readonly<Record<Field, string>>;

export interface ConnectionForm {
  /** The connection that the person's changes are made against. */
  readonly base: Connection;
  readonly values: Values;
  /** The connection as somebody else left it, while the person has changes of their own: a person has to decide. */
  readonly theirs: Connection | null;
  /** Revisions that were seen before `base`: they are no numbers in a row, so only this tells an older answer. */
  readonly passed: readonly number[];
}

/** A form without changes; `before` is the one that it takes the place of. */
export function beginForm(connection: Connection, before?: ConnectionForm): ConnectionForm {
  const passed = before === undefined ? [] : [...before.passed, before.base.revision];
  return { base: connection, values: valuesOf(connection), theirs: null, passed };
}

export function enterValue(form: ConnectionForm, field: Field, value: string): ConnectionForm {
  return { ...form, values: { ...form.values, [field]: value } };
}

export function isDirty({ base, values }: ConnectionForm): boolean {
  const stored = valuesOf(base);
  return FIELDS.some((field) => values[field] !== stored[field]);
}

/**
 * The form after a newer connection has arrived. Without own changes it follows; where the other change does not touch
 * what can be edited here, only the base moves; else the newer one waits for a decision and nothing typed is lost.
 */
export function receive(form: ConnectionForm, arrived: Connection): ConnectionForm {
  const { revision } = arrived;
  if (revision === (form.theirs ?? form.base).revision || form.passed.includes(revision)) return form;
  if (!isDirty(form)) return beginForm(arrived, form);
  const [before, after] = [valuesOf(form.base), valuesOf(arrived)];
  if (FIELDS.every((field) => after[field] === before[field])) return { ...form, ...moveTo(form, arrived) };
  return { ...form, theirs: arrived };
}

/** The form after the node has refused a save because the connection is now another one; that is never an older answer. */
export function receiveRefusal(form: ConnectionForm, current: Connection): ConnectionForm {
  return receive({ ...form, passed: [] }, current);
}

function moveTo(form: ConnectionForm, base: Connection): Pick<ConnectionForm, "base" | "passed"> {
  return { base, passed: [...form.passed, form.base.revision] };
}

/** Go on with what was typed, knowing what the other person wrote. */
export function keepMine(form: ConnectionForm): ConnectionForm {
  return form.theirs === null ? form : { ...form, ...moveTo(form, form.theirs), theirs: null };
}

export function takeTheirs(form: ConnectionForm): ConnectionForm {
  return form.theirs === null ? form : beginForm(form.theirs, form);
}

/** Only what the person changed is sent. */
export function changesOf({ base, values }: ConnectionForm): ConnectionChanges {
  const stored = valuesOf(base);
  const changed = FIELDS.filter((field) => values[field] !== stored[field]);
  const plain = changed.filter((field) => !field.startsWith(PANEL));
  const panel = changed.filter((field) => field.startsWith(PANEL));
  return {
    ...Object.fromEntries(plain.map((field) => [field, values[field].trim()])),
    ...(panel.length === 0
      ? {}
      : { panel: Object.fromEntries(panel.map((field) => [field.slice(PANEL.length), values[field]])) }),
  };
}

export interface Difference {
  readonly field: Field;
  readonly mine: string;
  readonly theirs: string;
}

/** Where the two versions differ. */
export function findDifferences({ values, theirs }: ConnectionForm): readonly Difference[] {
  if (theirs === null) return [];
  const other = valuesOf(theirs);
  return FIELDS.filter((field) => values[field] !== other[field]).map((field) => ({
    field,
    mine: values[field],
    theirs: other[field],
  }));
}

const PANEL = "panel_";

function valuesOf({ name, description, project, consent, consent_query, panel }: Connection): Values {
  return {
    name,
    description,
    project,
    consent,
    consent_query,
    panel_exalate: panel.exalate,
    panel_connect: panel.connect,
    panel_unexalate: panel.unexalate,
  };
}
