import type { DriftKind } from "../../common/api/drift-api";

/** What each kind of finding is called, in the order of the report. */
export const DRIFT_KINDS: readonly { readonly kind: DriftKind; readonly title: string }[] = [
  { kind: "local_change", title: "Changed here, not noticed" },
  { kind: "partner_differs", title: "The two sides differ" },
  { kind: "never_synced", title: "Matches a trigger, never synced" },
  { kind: "work_item_gone", title: "Work item is gone" },
  { kind: "partner_gone", title: "The partner does not know the pair" },
];

export function titleOf(kind: DriftKind): string {
  return DRIFT_KINDS.find((each) => each.kind === kind)?.title ?? kind;
}
