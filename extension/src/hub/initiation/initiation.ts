import { findSettingsPage } from "../../common/organization-url";
import type { DestinationCheck, InitiatedConnection, NewConnection } from "../../common/api/types";
import { findUrlFlaw } from "../../common/destination-url";

/** The steps of initiating a connection, without any page around them. */
export type Step = "destination" | "project" | "access" | "summary" | "done";

export interface Initiation {
  readonly step: Step;
  readonly hasUrl: boolean;
  readonly url: string;
  /** What the node found at the URL; null until it was asked, or when the URL was changed since. */
  readonly check: DestinationCheck | null;
  readonly mode: "basic" | null;
  readonly project: string;
  readonly hasAccess: boolean | null;
  /** Where the other organization's page is, for a person who may administer it as well. */
  readonly remoteOrganizationUrl: string;
  /** Sent with the request, so that however often it is sent, one connection is made. */
  readonly key: string;
  readonly result: InitiatedConnection | null;
}

export type Change =
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "without-url"; readonly isWithout: boolean }
  | { readonly kind: "mode"; readonly mode: "basic" }
  | { readonly kind: "project"; readonly project: string }
  | { readonly kind: "access"; readonly hasAccess: boolean }
  | { readonly kind: "remote-organization"; readonly url: string }
  | { readonly kind: "checked"; readonly check: DestinationCheck }
  | { readonly kind: "initiated"; readonly result: InitiatedConnection }
  | { readonly kind: "next" }
  | { readonly kind: "back" };

export function beginInitiation(newKey: () => string): Initiation {
  return {
    step: "destination",
    hasUrl: true,
    url: "",
    check: null,
    mode: null,
    project: "",
    hasAccess: null,
    remoteOrganizationUrl: "",
    key: newKey(),
    result: null,
  };
}

/** The next state; what was entered stays when a person goes back. */
export function changeInitiation(state: Initiation, change: Change, newKey: () => string): Initiation {
  switch (change.kind) {
    case "next":
      return { ...state, step: neighbor(state, 1) };
    case "back":
      return { ...state, step: neighbor(state, -1) };
    case "checked":
      return { ...state, check: change.check, remoteOrganizationUrl: proposeUrl(state, change.check), step: neighbor(state, 1) };
    case "initiated":
      return { ...state, result: change.result, step: "done" };
    default:
      // Something else is asked for now, so the earlier request's key must not answer it.
      return { ...enter(state, change), key: newKey() };
  }
}

type Entry = Exclude<Change, { readonly kind: "next" | "back" | "checked" | "initiated" }>;

function enter(state: Initiation, entry: Entry): Initiation {
  switch (entry.kind) {
    case "url":
      return { ...state, url: entry.url, check: null };
    case "without-url":
      return { ...state, hasUrl: !entry.isWithout };
    case "mode":
      return { ...state, mode: entry.mode };
    case "project":
      return { ...state, project: entry.project };
    case "access":
      return { ...state, hasAccess: entry.hasAccess };
    case "remote-organization":
      return { ...state, remoteOrganizationUrl: entry.url };
  }
}

export function stepsOf(state: Initiation): readonly Step[] {
  if (state.hasUrl) return ["destination", "project", "access", "summary", "done"];
  return ["destination", "project", "summary", "done"];
}

/** Whether the step is complete, so that the next may follow. */
export function isComplete(state: Initiation, contributionId: string): boolean {
  if (state.step === "destination") return state.mode !== null && (!state.hasUrl || findUrlFlaw(state.url) === null);
  if (state.step === "project") return state.project !== "";
  if (state.step === "access") return state.hasAccess === false || findHandover(state, contributionId) !== null;
  return true;
}

/** The page of the other organization where the invitation is accepted, for a person who may open it. */
export function findHandover(state: Initiation, contributionId: string): string | null {
  if (!state.hasUrl || state.hasAccess !== true) return null;
  return findSettingsPage(state.remoteOrganizationUrl, contributionId, "connections/accept");
}

/** Whether closing would throw something away; once there is a code, nothing is lost any more. */
export function isWorthAsking(state: Initiation): boolean {
  if (state.step === "done") return false;
  return state.url !== "" || !state.hasUrl || state.mode !== null || state.project !== "";
}

export function requestOf(state: Initiation): NewConnection {
  return {
    project: state.project,
    mode: state.mode ?? "basic",
    visibility: state.hasUrl ? "public" : "private",
    ...(state.hasUrl && state.check !== null ? { destination_url: state.check.node_url } : {}),
  };
}

function neighbor(state: Initiation, distance: number): Step {
  const steps = stepsOf(state);
  return steps[steps.indexOf(state.step) + distance] ?? state.step;
}

function proposeUrl(state: Initiation, check: DestinationCheck): string {
  return state.remoteOrganizationUrl === "" ? (check.organization_url ?? "") : state.remoteOrganizationUrl;
}
