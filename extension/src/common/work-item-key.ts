export type WorkItemKey =
  /** `key` is what was typed, an address or the number; `number` the number in it. */
  | { readonly kind: "key"; readonly key: string; readonly number: string }
  | { readonly kind: "flaw"; readonly message: string };

const EXAMPLE = "Enter the number of a work item, for example 42, or paste its address.";

/** Reads what a person types for a work item: its number, with or without #, or its address. */
export function readWorkItemKey(text: string): WorkItemKey {
  const typed = text.trim();
  const number = /^#?([1-9]\d{0,9})$/.exec(typed)?.[1];
  if (number !== undefined) return { kind: "key", key: number, number };
  if (!/^https?:\/\//i.test(typed)) return { kind: "flaw", message: EXAMPLE };
  const linked = (/\/_workitems\/edit\/(\d+)/i.exec(typed) ?? /[?&]workitem=(\d+)/i.exec(typed))?.[1];
  if (linked !== undefined) return { kind: "key", key: typed, number: linked };
  return { kind: "flaw", message: `This address leads to no work item. ${EXAMPLE}` };
}
