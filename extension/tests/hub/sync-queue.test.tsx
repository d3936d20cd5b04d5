import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeNode } from "../../dev/fake-node/fake-node";
import { Refusal } from "../../dev/fake-node/messages";
import { addSamples } from "../../dev/fake-node/samples";
import { scaleOfAge } from "../../src/hub/sync-queue/age-scale";
import { formatAge } from "../../src/hub/sync-queue/event-list";
import { expectAccessible } from "../axe";
import { button, findButton, renderHub, type HubPage } from "../hub-page";

function busyNode(events = 18): FakeNode {
  const node = new FakeNode();
  addSamples(node);
  node.queue.addSamples(node.fabrikam, events, 20);
  return node;
}

const open = (node = busyNode(), hash = "sync-queue"): HubPage => renderHub({ node, hash });
const table = (): Promise<HTMLElement> => screen.findByRole("table", { name: "Events" });
const rows = (within_: HTMLElement): HTMLElement[] => within(within_).getAllByRole("row").slice(1);
const question = (): HTMLElement => screen.getByRole("dialog", { name: /^Cancel event \d+\?$/ });
const tab = (name: RegExp): HTMLElement => screen.getByRole("tab", { name });

async function cells(title: string): Promise<string[]> {
  const all = rows(await table());
  return all.map((row) => row.querySelector(`[data-title="${title}"]`)?.textContent ?? "");
}

async function openEvent(page: HubPage, index = 0): Promise<void> {
  const row = rows(await table())[index];
  if (row === undefined) throw new Error("there is no such event");
  await page.user.click(within(row).getAllByRole("button")[0] as HTMLElement);
  await screen.findByText("Replica as JSON");
}

describe("the Sync Queue", () => {
  it("shows four lanes with their counts", async () => {
    open();
    await waitFor(() => expect(tab(/Outgoing sync/).textContent).toMatch(/Outgoing sync\d+/));
    expect(tab(/Incoming sync/).textContent).toBe("Incoming sync3");
    expect(tab(/Outgoing attachments/).textContent).toBe("Outgoing attachments0");
    expect(tab(/Incoming attachments/).textContent).toBe("Incoming attachments1");
    await table();
    await expectAccessible();
  });

  it("has the columns of the original, and two more", async () => {
    open();
    const heads = within(await table()).getAllByRole("columnheader").map((head) => head.textContent);
    expect(heads).toEqual([
      "ID",
      "Event Number",
      "Status",
      "Connection",
      "Sync type",
      "Twin trace ID",
      "Work item",
      "Age",
    ]);
  });

  it("goes through the pages", async () => {
    const page = open(busyNode(70));
    await screen.findByText(/1 to 50 of/);
    const first = await cells("ID");
    await page.user.click(button("Next"));
    await screen.findByText(/51 to/);
    expect(await cells("ID")).not.toEqual(first);
    await page.user.click(button("Previous"));
    await screen.findByText(/1 to 50/);
    expect(await cells("ID")).toEqual(first);
  });

  it("sorts by a column, then the other way round", async () => {
    const page = open();
    const head = async () => within(await table()).getByRole("columnheader", { name: "Event Number" });
    await page.user.click(within(await head()).getByRole("button"));
    await waitFor(async () => expect((await cells("Event Number"))[0]).toBe("1"));
    await page.user.click(within(await head()).getByRole("button"));
    await waitFor(async () => expect(Number((await cells("Event Number"))[0])).toBeGreaterThan(15));
    expect((await head()).getAttribute("aria-sort")).toBe("descending");
  });

  it("finds a work item by the number of either side", async () => {
    const page = open();
    await table();
    const field = screen.getByLabelText("Work item, local or remote number");
    await page.user.type(field, "no 904");
    expect((field as HTMLInputElement).value).toBe("904");
    await waitFor(async () => expect(await cells("Work item")).toHaveLength(1));
    expect((await cells("Work item"))[0]).toContain("104");
    await page.user.clear(field);
    await page.user.type(field, "777");
    await screen.findByText("No event matches.");
    await expectAccessible();
    await page.user.click(button("Clear the filter"));
    await screen.findByText(/1 to 1[0-9] of/);
  });

  it("narrows down to a connection and a status, and shows what is finished", async () => {
    const page = open();
    await table();
    await page.user.selectOptions(screen.getByLabelText("Status"), "Failed");
    await waitFor(async () => expect(new Set(await cells("Status"))).toEqual(new Set(["Failed"])));
    await page.user.selectOptions(screen.getByLabelText("Status"), "Synchronized");
    await screen.findByText("No event matches.");
    await page.user.click(screen.getByLabelText("Show finished (last week)"));
    await waitFor(async () => expect(new Set(await cells("Status"))).toEqual(new Set(["Synchronized"])));
    await page.user.selectOptions(screen.getByLabelText("Connection"), "fabrikam to Tailspin Toys");
    await screen.findByText("No event matches.");
  });

  it("says why an event is blocked", async () => {
    open();
    expect(await cells("Status")).toContain("Blockedconnection not active");
  });

  it("keeps the lane in the address", async () => {
    const page = open();
    await table();
    await page.user.click(tab(/Incoming attachments/));
    await screen.findByText("Request for files");
    expect(page.navigation.hash).toBe("sync-queue/incoming_attachments");
  });

  it("says that nothing is on its way", async () => {
    open(new FakeNode());
    await screen.findByText("Nothing is on its way.");
    await expectAccessible();
  });

  it("stops the refresh, and only the refresh", async () => {
    const page = open();
    await table();
    await page.user.click(button("Pause refresh"));
    expect(button("Pause refresh").getAttribute("aria-pressed")).toBe("true");
    await screen.findByText("This list stands still. The sync goes on.");
    page.node.queue.events = [];
    await page.user.click(button("Refresh now"));
    await screen.findByText("Nothing is on its way.");
  });

  it("shows how the queue was, as pictures and as tables", async () => {
    const page = open();
    const chart = await screen.findByRole("figure", { name: "Events that wait" });
    expect(within(chart).getByRole("img").getAttribute("aria-label")).toContain("Outgoing: lowest 20 events");
    expect(screen.getByRole("figure", { name: /^Age of the oldest, in / })).toBeTruthy();
    expect(screen.getByRole("figure", { name: "Finished each minute" })).toBeTruthy();
    await page.user.click(within(chart).getByRole("button", { name: /Table/ }));
    expect(within(chart).getAllByRole("row")).toHaveLength(22);
    await expectAccessible();
  });
});

describe("an event of the queue", () => {
  it("opens from the list, says everything, and can be linked to", async () => {
    const page = open();
    await openEvent(page);
    const panel = screen.getByRole("dialog");
    expect(within(panel).getByText("Login fails after the update", { selector: "span" })).toBeTruthy();
    expect(within(panel).getByText("Comment of Ada")).toBeTruthy();
    const code = within(panel).getByLabelText("Replica as JSON");
    expect(JSON.parse((code as HTMLTextAreaElement).value)).toMatchObject({ kind: "state" });
    await expectAccessible();
    expect(page.navigation.hash).toMatch(/^sync-queue\/outgoing_sync\/outgoing\/key-/);
    await page.user.click(within(panel).getAllByRole("button", { name: "Close" })[0] as HTMLElement);
    expect(page.navigation.hash).toBe("sync-queue/outgoing_sync");
  });

  it("is cancelled after a question that says what follows", async () => {
    const page = open();
    await openEvent(page);
    await page.user.click(button("Cancel event"));
    await screen.findByText("The two work items may differ until the same thing changes again.");
    await expectAccessible();
    await page.user.click(within(question()).getByRole("button", { name: "Cancel event" }));
    await screen.findByText("The event was cancelled.");
    await screen.findByText("Cancelled by Ada.");
    expect(screen.queryByRole("button", { name: "Cancel event" })).toBeNull();
    expect(page.organization.audit[0]?.action).toBe("queue_event_cancelled");
  });

  it("shows why it can't be cancelled any more", async () => {
    const page = open();
    await openEvent(page);
    page.node.refuseNext(/cancel/, new Refusal(409, "state", "Event 1 is being sent at this moment."));
    await page.user.click(button("Cancel event"));
    await page.user.click(within(question()).getByRole("button", { name: "Cancel event" }));
    await screen.findByText("Event 1 is being sent at this moment.");
    await page.user.click(button("Keep it"));
    expect(screen.queryByText("Keep it")).toBeNull();
  });

  it("is sent again", async () => {
    const page = open();
    await table();
    await page.user.selectOptions(screen.getByLabelText("Status"), "Failed");
    await waitFor(async () => expect(new Set(await cells("Status"))).toEqual(new Set(["Failed"])));
    await openEvent(page);
    await page.user.click(button("Send again"));
    await screen.findByText("All of today's state is on its way as a new event.");
    await screen.findByText("Sent again as a new event.");
  });

  it("that failed here leads to its error and is applied again", async () => {
    const page = open(busyNode(), "sync-queue/incoming_sync");
    await openEvent(page);
    await screen.findByText(/field Severity is required/);
    await expectAccessible();
    await page.user.click(button("Apply again"));
    await screen.findByText("It is applied again.");
    await page.user.click(button("Open the error"));
    expect(page.navigation.hash).toBe("errors/error-1");
  });

  it("may be gone", async () => {
    open(busyNode(), "sync-queue/outgoing_sync/outgoing/nothing");
    await screen.findByText("There is no such event in the sync queue.");
    await expectAccessible();
    expect(await findButton("Retry")).toBeTruthy();
  });
});

describe("ages", () => {
  it("are as short as a column is wide", () => {
    const now = Date.parse("2026-03-01T12:00:00Z");
    const age = (minutes: number): string => formatAge(new Date(now - minutes * 60_000).toISOString(), now);
    expect([-5, 0.5, 5, 90, 47 * 60, 49 * 60].map(age)).toEqual([
      "under 1 min",
      "under 1 min",
      "5 min",
      "1 h",
      "47 h",
      "2 days",
    ]);
  });

  it("have a unit of which there are at least two", () => {
    const scaleOf = (seconds: number) => scaleOfAge([{ at: "", depth: 1, oldest_seconds: seconds, settled: 0 }]);
    expect([0, 119, 120, 7199, 7200, 172_800].map((seconds) => scaleOf(seconds).unit)).toEqual([
      "seconds",
      "seconds",
      "minutes",
      "minutes",
      "hours",
      "days",
    ]);
    expect(scaleOf(7200).read({ at: "", depth: 1, oldest_seconds: 1800, settled: 0 })).toBe(0.5);
  });
});
