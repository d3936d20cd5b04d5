import { describe, expect, it } from "vitest";

import { FakeNode } from "../../dev/fake-node/fake-node";
import { remoteOf } from "../../dev/fake-node/fake-invitations";
import { makeConnection } from "../../dev/fake-node/fake-organization";
import type { Connection } from "../../src/common/api/types";
import { formatMoment } from "../../src/common/times";
import {
  beginForm,
  changesOf,
  enterValue,
  findDifferences,
  isDirty,
  keepMine,
  receive,
  receiveRefusal,
  takeTheirs,
} from "../../src/hub/connection-details/connection-form";
import { describeAction, describeDetails } from "../../src/hub/connection-details/audit-words";
import { arrangeRows, keepSame } from "../../src/hub/connections/connection-rows";
import { describeStatus } from "../../src/hub/connections/connection-status";
import { findRowActions } from "../../src/hub/connections/row-actions";
import { findEntryFlaw, readCredential, EMPTY_FORM } from "../../src/hub/settings/credential-form";

const { fabrikam, contoso } = new FakeNode();
const make = (changes: Partial<Connection> = {}): Connection => makeConnection(fabrikam, changes);
const names = (rows: readonly Connection[]): string[] => rows.map((row) => row.name);
const ALL = { text: "", status: "all" } as const;

describe("the list of connections", () => {
  const rows = [
    make({ name: "b 10", errors: 2, status: "active", remote: remoteOf(contoso) }),
    make({ name: "b 9", errors: 2, status: "deactivated", project: "Gamma" }),
    make({ name: "A", errors: 11, description: "Tickets" }),
  ];

  it("sorts names as people do", () => {
    expect(names(arrangeRows(rows, ALL, { column: "name", isDescending: false }))).toEqual(["A", "b 9", "b 10"]);
  });

  it("sorts counts as numbers, equal ones by name", () => {
    expect(names(arrangeRows(rows, ALL, { column: "errors", isDescending: true }))).toEqual(["A", "b 9", "b 10"]);
  });

  it.each([
    ["CONTOSO", ["b 10"]],
    ["gamma", ["b 9"]],
    ["ticket", ["A"]],
    ["unknown", ["A", "b 9"]],
    ["nothing", []],
  ])("finds %s", (text, found) => {
    expect(names(arrangeRows(rows, { ...ALL, text }, { column: "name", isDescending: false }))).toEqual(found);
  });

  it("narrows down by status", () => {
    expect(names(arrangeRows(rows, { text: "", status: "deactivated" }, { column: "name", isDescending: false }))).toEqual([
      "b 9",
    ]);
  });

  it("keeps the objects of rows that did not change, so that they are not drawn anew", () => {
    const [first, second, third] = rows;
    const copies = structuredClone(rows).map((row) => (row.name === "A" ? { ...row, errors: 12 } : row));
    const kept = keepSame(rows, copies);
    expect(kept[0]).toBe(first);
    expect(kept[1]).toBe(second);
    expect(kept[2]).not.toBe(third);
    expect(keepSame(rows, structuredClone(rows))).toBe(rows);
  });
});

describe("a connection's status", () => {
  const invitation = { id: "1", created_at: "", expires_at: "" };

  it.each<[Partial<Connection>, string, string]>([
    [{ status: "pending", invitation: { ...invitation, status: "open" } }, "Pending", ""],
    [{ status: "pending", invitation: { ...invitation, status: "expired" } }, "Pending", "Invitation expired"],
    [{ status: "pending", invitation: { ...invitation, status: "revoked" } }, "Pending", "Invitation revoked"],
    [{ status: "active", partner_state: "paused" }, "Paused by the partner", "unknown paused it. Changes are queued meanwhile."],
    [{ status: "deactivated", remote_status: "deactivated", partner_state: "paused" }, "Deactivated", "Also paused by the partner."],
    [
      { status: "active", partner_state: "ended" },
      "Ended by the partner",
      "unknown ended the connection. Nothing goes over it any more: delete it here.",
    ],
    [
      { status: "deactivated", partner_state: "ended" },
      "Ended by the partner",
      "unknown ended the connection. Nothing goes over it any more: delete it here.",
    ],
    [
      { status: "active", partner_state: "silent" },
      "Partner does not answer",
      "The node of unknown has not answered. Changes are queued.",
    ],
    [{ status: "deactivated", partner_state: "silent" }, "Deactivated", ""],
    [{ status: "blocked", status_reason: "Too many." }, "Blocked", "Too many."],
  ])("%j is %s", (changes, word, note) => {
    expect(describeStatus(make(changes))).toMatchObject({ word, note });
  });

  it("names the second since when the partner does not answer", () => {
    const since = "2026-12-01T10:42:03Z";
    const { note, tone } = describeStatus(make({ status: "active", partner_state: "silent", partner_since: since }));
    expect(note).toContain(`has not answered since ${formatMoment(since)}.`);
    expect(note).toMatch(/:03/);
    expect(tone).toBe("error");
  });

  it("takes a pause that is meant for no alarm", () => {
    expect(describeStatus(make({ status: "active", partner_state: "paused" })).tone).toBe("neutral");
  });
});

describe("what can be done with a connection", () => {
  const open = { id: "1", created_at: "", expires_at: "", status: "open" } as const;
  const offered = (changes: Partial<Connection>): string[] => findRowActions(make(changes)).map(({ name }) => name);

  it.each<[string, Partial<Connection>, string[]]>([
    [
      "pending",
      { invitation: open },
      ["Edit connection", "Copy Invitation Code", "New invitation code", "Revoke invitation", "Delete connection"],
    ],
    ["pending and expired", { invitation: { ...open, status: "expired" } }, ["Edit connection", "New invitation code", "Delete connection"]],
    ["active", { status: "active" }, ["Edit connection", "Deactivate", "Exalate work item", "Delete connection"]],
    ["deactivated", { status: "deactivated" }, ["Edit connection", "Activate", "Delete connection"]],
    ["blocked", { status: "blocked" }, ["Edit connection", "Activate", "Delete connection"]],
    ["ended by the partner", { status: "active", partner_state: "ended" }, ["Edit connection", "Delete connection"]],
  ])("depends on its being %s", (_state, changes, actions) => {
    expect(offered(changes)).toEqual(actions);
  });
});

describe("editing while somebody else edits", () => {
  const base = make({ name: "Mine", description: "d", revision: 3 });
  const renamed = { ...base, name: "Theirs", revision: 4 };
  const typed = enterValue(beginForm(base), "description", "half typed");

  it("follows the other change as long as nothing was typed", () => {
    expect(receive(beginForm(base), renamed).values.name).toBe("Theirs");
  });

  it("asks when both changed what can be edited here, and loses nothing", () => {
    const form = receive(typed, renamed);
    expect(form.theirs).toBe(renamed);
    expect(form.values.description).toBe("half typed");
    expect(findDifferences(form).map(({ field }) => field)).toEqual(["name", "description"]);
  });

  it("does not ask when the other change is about something else", () => {
    const form = receive(typed, { ...base, status: "deactivated", revision: 4 });
    expect(form).toMatchObject({ theirs: null, base: { revision: 4 }, values: { description: "half typed" } });
  });

  it("goes on with what was typed, against the newer state", () => {
    const form = keepMine(receive(typed, renamed));
    expect(form.base.revision).toBe(4);
    expect(changesOf(form)).toEqual({ name: "Mine", description: "half typed" });
  });

  it("can take what the other person wrote", () => {
    const form = takeTheirs(receive(typed, renamed));
    expect(isDirty(form)).toBe(false);
    expect(form.values.name).toBe("Theirs");
  });

  it("ignores an answer that is older than what is known, whatever numbers revisions have", () => {
    const form = beginForm({ ...renamed, revision: 1 }, beginForm(base));
    expect(receive(form, base)).toBe(form);
  });

  it("takes a newer answer with a smaller number", () => {
    expect(receive(typed, { ...renamed, revision: 2 }).theirs?.name).toBe("Theirs");
  });

  it("believes a refusal even when the connection is as it once was", () => {
    const form = enterValue(beginForm({ ...renamed, revision: 1 }, beginForm(base)), "description", "half typed");
    expect(receiveRefusal(form, base).theirs).toBe(base);
  });

  it("sends only what was changed, without blanks around it", () => {
    expect(changesOf(enterValue(beginForm(base), "name", " New "))).toEqual({ name: "New" });
  });
});

describe("the audit trail", () => {
  it("words what it knows and shows the rest by its name", () => {
    expect(describeAction("connection_activated")).toBe("Activated");
    expect(describeAction("key_rotated")).toBe("Key rotated");
  });

  it("shows plain details", () => {
    const details = { work_item: "42", project: { from: "A", to: "" }, empty: "", list: ["a", 1], odd: { x: 1 } };
    expect(describeDetails(details)).toEqual(["work item: 42", "project: A → (empty)", "list: a, 1"]);
  });
});

describe("a new account", () => {
  it("is complete when its kind has all it needs", () => {
    expect(readCredential(EMPTY_FORM)).toBeNull();
    expect(readCredential({ ...EMPTY_FORM, token: " abc " })).toEqual({ kind: "personal_access_token", token: "abc" });
    expect(readCredential({ ...EMPTY_FORM, kind: "client_secret", tenant_id: "t", client_id: "c" })).toBeNull();
  });

  it.each([
    ["tenant_id", "nonsense", false],
    ["tenant_id", "00000000-0000-0000-0000-000000000000", true],
    ["private_key_pem", "-----BEGIN PRIVATE KEY-----\nx", true],
    ["private_key_pem", "-----BEGIN CERTIFICATE-----\nx", false],
    ["certificate_pem", "-----BEGIN PRIVATE KEY-----\nx", false],
  ] as const)("%s %j is plausible: %s", (name, text, isFine) => {
    expect(findEntryFlaw(name, text) === null).toBe(isFine);
  });
});
