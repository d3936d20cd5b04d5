import type { Decision, Deed, Proposal, ProposalKind, ProposalRow, ProposalStatus } from "../../common/api/proposals-api";
import { count } from "../../common/times";
import type { IconName } from "../../shared-ui/components/icon";
import type { StatusTone } from "../../shared-ui/components/status-label";

interface ShownStatus {
  readonly word: string;
  readonly icon: IconName;
  readonly tone: StatusTone;
}

const KINDS: Readonly<Record<ProposalKind, string>> = {
  connect: "Connect",
  bulk_connect: "Bulk Connect",
  lineage: "Known as the same work item",
  rejoin: "Connect again",
};

const STATUSES: Readonly<Record<ProposalStatus, ShownStatus>> = {
  held: { word: "Waits for a decision here", icon: "clock", tone: "warning" },
  unchecked: { word: "Being checked", icon: "clock", tone: "info" },
  open: { word: "Waits for your yes", icon: "clock", tone: "warning" },
  accepted: { word: "Accepted", icon: "success", tone: "success" },
  declined: { word: "Declined", icon: "block", tone: "neutral" },
  withdrawn: { word: "Taken back", icon: "block", tone: "neutral" },
  failed: { word: "Not possible", icon: "error", tone: "error" },
  separate: { word: "Made as a new work item", icon: "success", tone: "neutral" },
};

export function describeKind(kind: ProposalKind): string {
  return KINDS[kind];
}

export function describeProposalStatus(status: ProposalStatus, direction: Proposal["direction"]): ShownStatus {
  if (status === "open" && direction === "outgoing") return { word: "Waits for the partner's yes", icon: "clock", tone: "info" };
  return STATUSES[status];
}

/** What a yes would do to title, description and type, and what would travel. */
export function describeTerms({ kind, content, comments, attachments }: Proposal): string {
  const what = TERMS[content ?? "merged"];
  if (kind === "lineage" || content === null) return `${what} Comments and attachments of both travel.`;
  const travels = [...(comments ? ["comments"] : []), ...(attachments ? ["attachments"] : [])];
  return `${what} ${travels.length === 0 ? "Comments and attachments that are there stay where they are." : `The ${travels.join(" and ")} that are there travel to the other side.`}`;
}

const TERMS: Readonly<Record<"both" | "local" | "remote" | "merged", string>> = {
  both: "Each side keeps its title, description and type until somebody changes them.",
  local: "Title, description and type of this side stand on both sides.",
  remote: "Title, description and type of the partner stand on both sides.",
  merged: "Title, description and type become the same on both sides; the later change stands.",
};

/** "907 and 12", or how many pairs it is about. */
export function describePair({ total, first }: Proposal): string {
  if (total !== 1 || first === null) return count(total, "pair");
  return `Work item ${first.local.id} and ${first.remote.id} of the partner`;
}

/** Whether a person of this side can still decide on it. */
export function isDecidable(row: Pick<ProposalRow, "status">): boolean {
  return row.status === "open" || row.status === "unchecked" || row.status === "held";
}

const DONE: Readonly<Record<Deed, string>> = {
  accept: "accepted",
  decline: "declined",
  withdraw: "taken back",
  connect: "proposed to the partner",
  separate: "begun with a new work item",
};

/** What came of a decision, and why the rest stayed open. */
export function sayDecision({ count: decided, obstacles }: Decision, deed: Deed): string {
  const done = `${count(decided, "pair")} ${DONE[deed]}.`;
  return obstacles.length === 0 ? done : `${done} ${count(obstacles.length, "pair")} stayed open: ${obstacles[0] ?? ""}`;
}
