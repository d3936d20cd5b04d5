import type { ChangedThing, ChangedValue, Conflict, Direction, SyncedChange } from "../../common/api/twins-api";

const THINGS: Readonly<Record<ChangedThing, string>> = {
  summary: "Title",
  description: "Description",
  type: "Work item type",
  comment: "Comment",
  attachment: "File",
  presence: "Recycle bin",
};

export function describeThing(thing: ChangedThing): string {
  return THINGS[thing];
}

/** "Title", "Comment of Ada", "File plan.pdf". */
export function describeSubject({ thing, subject }: Pick<Conflict, "thing" | "subject">): string {
  if (subject === "" || thing === "presence") return THINGS[thing];
  return thing === "comment" ? `Comment of ${subject}` : `${THINGS[thing]} ${subject}`;
}

export function describeDirection(direction: Direction | null): string {
  if (direction === null) return "none in 30 days";
  return direction === "outgoing" ? "Outgoing" : "Incoming";
}

/** One value of the history: what it is about, and what it became. */
export function describeValue(value: ChangedValue): { readonly about: string; readonly text: string } {
  const about = describeSubject(value);
  if (value.thing === "presence") {
    const side = value.subject === "local" ? "This work item" : "The remote work item";
    return { about: THINGS.presence, text: `${side} ${value.text === "removed" ? "was deleted" : "was restored"}` };
  }
  if (value.is_deleted) return { about, text: "removed" };
  return { about, text: value.text };
}

export function describeMore({ more }: SyncedChange): string {
  return more === 0 ? "" : `and ${more.toLocaleString()} more`;
}

const OUTCOMES: Readonly<Record<Conflict["status"], string>> = {
  open: "Not decided",
  wanted: "On its way: the other value is being written on both sides",
  restored: "The other value is in use again",
  dismissed: "Dismissed: the value that won stays",
};

export function describeOutcome({ status, resolved_by: name }: Conflict): string {
  return name === "" || status === "open" ? OUTCOMES[status] : `${OUTCOMES[status]} (${name})`;
}
