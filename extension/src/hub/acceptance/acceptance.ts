import type { Connection, InvitationOffer } from "../../common/api/types";

/** The steps of accepting an invitation, without any page around them. */
export type Step = "code" | "project" | "done";

export interface Acceptance {
  readonly step: Step;
  readonly text: string;
  /** What the node read from the code; null when the code was changed since. */
  readonly offer: InvitationOffer | null;
  readonly project: string;
  readonly connection: Connection | null;
}

export type Change =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "inspected"; readonly offer: InvitationOffer }
  | { readonly kind: "project"; readonly project: string }
  | { readonly kind: "accepted"; readonly connection: Connection }
  | { readonly kind: "next" }
  | { readonly kind: "back" };

export const STEPS: readonly Step[] = ["code", "project", "done"];

export const BEGIN: Acceptance = { step: "code", text: "", offer: null, project: "", connection: null };

/** The next state; the project stays when a person goes back for another code. */
export function changeAcceptance(state: Acceptance, change: Change): Acceptance {
  switch (change.kind) {
    case "text":
      return { ...state, text: change.text, offer: null };
    case "inspected":
      return { ...state, offer: change.offer, step: "project" };
    case "project":
      return { ...state, project: change.project };
    case "accepted":
      return { ...state, connection: change.connection, step: "done" };
    case "next":
      return state.offer === null ? state : { ...state, step: "project" };
    case "back":
      return { ...state, step: "code" };
  }
}

/** Whether closing would throw something away. */
export function isWorthAsking(state: Acceptance): boolean {
  return state.step !== "done" && (state.text.trim() !== "" || state.project !== "");
}
