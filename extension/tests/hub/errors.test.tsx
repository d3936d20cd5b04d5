import { act, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { FakeNode } from "../../dev/fake-node/fake-node";
import { Refusal } from "../../dev/fake-node/messages";
import { addSamples } from "../../dev/fake-node/samples";
import { isNews } from "../../src/hub/errors/dismissal";
import { isNarrowed, NO_CHOICES, toFilter } from "../../src/hub/errors/error-filter";
import { expectAccessible } from "../axe";
import { button, findButton, renderHub, type HubPage } from "../hub-page";

const RULE = /^A rule of the process refused the write/;

function makeNode(): FakeNode {
  const node = new FakeNode();
  addSamples(node);
  node.errors.addSamples(node.fabrikam);
  return node;
}

function renderErrors(hash = "errors"): HubPage {
  return renderHub({ node: makeNode(), hash });
}

const table = (): HTMLElement => screen.getByRole("table", { name: "Errors" });
const summaries = (): string[] =>
  within(table())
    .getAllByRole("row")
    .slice(1)
    .map((row) => within(row).getAllByRole("cell")[1]?.textContent ?? "");

async function choose({ user }: HubPage, label: string, value: string): Promise<void> {
  await user.selectOptions(screen.getByLabelText(label), value);
}

beforeEach(() => window.localStorage.clear());

describe("the Errors tab", () => {
  it("says when nothing needs anybody", async () => {
    renderHub({ hash: "errors" });
    expect(await screen.findByText("Nothing needs you.")).toBeTruthy();
    expect(button("Retry all").getAttribute("aria-disabled")).toBe("true");
    await expectAccessible();
  });

  it("groups errors by their cause, with counts by impact", async () => {
    renderErrors();
    expect(await screen.findByRole("tab", { name: "Work item1,201" })).toBeTruthy();
    expect(screen.getByRole("tab", { name: "All1,205" })).toBeTruthy();
    const columns = within(table()).getAllByRole("columnheader").map((cell) => cell.textContent);
    expect(columns).toEqual(["Impact", "Summary", "Connection", "Work item", "Time", "Count", "Actions"]);
    const group = within(table()).getByRole("button", { name: RULE }).closest("tr");
    expect(group?.textContent).toContain("1,200 errors with this cause.");
    expect(group?.textContent).toContain("1,200 work items");
    expect(screen.getByText("1 to 6 of 6 causes")).toBeTruthy();
    await expectAccessible();
  });

  it("shows one impact at a time", async () => {
    const page = renderErrors();
    await page.user.click(await screen.findByRole("tab", { name: "Connection1" }));
    await waitFor(() => expect(summaries()).toHaveLength(1));
    expect(summaries()[0]).toContain("Tried again by itself.");
  });

  it("sorts, pages and ungroups", async () => {
    const page = renderErrors();
    await page.user.click(await findButton("Count"));
    await page.user.click(button("Count"));
    await waitFor(() => expect(summaries()[0]).toMatch(RULE));
    await page.user.click(screen.getByLabelText("Group by cause"));
    expect(await screen.findByText("1 to 50 of 1,205 errors")).toBeTruthy();
    await page.user.click(button("Next"));
    expect(await screen.findByText("51 to 100 of 1,205 errors")).toBeTruthy();
  });

  it("filters, and says when nothing matches", async () => {
    const page = renderErrors();
    await screen.findByRole("table");
    await choose(page, "Where", "remote");
    await waitFor(() => expect(summaries()).toHaveLength(1));
    await page.user.type(screen.getByLabelText("Work item number"), "99999");
    expect(await screen.findByText("No error matches.")).toBeTruthy();
    await page.user.click(button("Clear the filter"));
    await waitFor(() => expect(summaries()).toHaveLength(6));
    await page.user.type(screen.getByLabelText("Work item number"), "bug");
    expect(await screen.findByText(/Type the number of a work item/)).toBeTruthy();
  });

  it("shows the history", async () => {
    const page = renderErrors();
    await screen.findByRole("table");
    await choose(page, "Show", "history");
    await waitFor(() => expect(summaries()).toHaveLength(2));
    expect(button("Retry all").getAttribute("aria-disabled")).toBe("true");
    expect(screen.queryByRole("button", { name: /^Actions for/ })).toBeNull();
    await expectAccessible();
  });

  it("retries everything that matches, after a question", async () => {
    const page = renderErrors();
    await page.user.click(await screen.findByRole("tab", { name: "Work item1,201" }));
    await waitFor(() => expect(summaries()).toHaveLength(2));
    await page.user.click(button("Retry all"));
    const dialog = await screen.findByRole("dialog", { name: "Retry 1,201 errors?" });
    await expectAccessible();
    await page.user.click(within(dialog).getByRole("button", { name: "Retry all" }));
    expect(await screen.findByText("1,201 errors are being tried again.")).toBeTruthy();
    expect(page.node.errors.items.filter((item) => item.retrying)).toHaveLength(1_201);
  });

  it("keeps the question open and says why when the node refuses", async () => {
    const page = renderErrors();
    page.node.refuseNext(/^POST \/errors\/retry/, new Refusal(503, "busy", "Busy."));
    await screen.findByRole("table");
    await page.user.click(button("Retry all"));
    await page.user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Retry all" }));
    expect(await screen.findByText("The node is busy.")).toBeTruthy();
  });

  it("opens a group and resolves all of it with a note", async () => {
    const page = renderErrors();
    await page.user.click(await findByMessage(RULE));
    expect(page.navigation.hash).toBe("errors/cause/cause-rule");
    expect(await screen.findByText("1 to 50 of 1,200 errors")).toBeTruthy();
    await page.user.click(button("Resolve all"));
    const dialog = await screen.findByRole("dialog", { name: "Resolve 1,200 errors?" });
    expect(within(dialog).getByText("The two sides may differ until the next change of that field.")).toBeTruthy();
    await page.user.click(within(dialog).getByRole("button", { name: "Resolve" }));
    expect(within(dialog).getByText("Write down why.")).toBeTruthy();
    await expectAccessible();
    await page.user.type(within(dialog).getByLabelText("Note"), "As agreed.");
    await page.user.click(within(dialog).getByRole("button", { name: "Resolve" }));
    expect(await screen.findByText("1,200 errors resolved. You find them in the history.")).toBeTruthy();
    await page.user.click(button("Back to errors"));
    await waitFor(() => expect(summaries()).toHaveLength(5));
  });

  it("acts on a row from its menu", async () => {
    const page = renderErrors();
    await page.user.click(await screen.findByRole("button", { name: /^Actions for: The other node/ }));
    await page.user.click(screen.getByRole("menuitem", { name: "Retry" }));
    expect(await screen.findByText("It is being tried again.")).toBeTruthy();
    expect(page.node.log).toContain("POST /errors/unreachable/retry");
  });

  it("shows a failure without losing what is there", async () => {
    const page = renderErrors();
    await screen.findByRole("table");
    page.node.isDown = true;
    await choose(page, "Where", "local");
    expect(await screen.findByText("The node does not answer.")).toBeTruthy();
  });
});

describe("the details of an error", () => {
  it("say what it blocks, what to do and where", async () => {
    const page = renderErrors("errors/rule-42");
    expect(await screen.findByRole("heading", { name: "A rule of the process does not allow this work item" })).toBeTruthy();
    expect(screen.getByText("Only work item 42; 1 change of it waits. All others go on.")).toBeTruthy();
    expect(screen.getByText("Mend what the message names, then retry.")).toBeTruthy();
    expect(screen.getByRole("link", { name: /Open work item 42/ }).getAttribute("href")).toContain("/_workitems/edit/42");
    expect(screen.getByText("5f1d00c4ab12ef90")).toBeTruthy();
    await expectAccessible();
    await page.user.click(button("1,199 other errors"));
    expect(page.navigation.hash).toBe("errors/cause/cause-rule");
  });

  it("keep the technical part hidden until somebody asks, and copy it", async () => {
    const page = renderErrors("errors/rule-1");
    await page.user.click(await findButton("Technical details"));
    const field = screen.getByLabelText("For whoever looks into it");
    expect((field as HTMLTextAreaElement).value).toContain("PATCH /fabrikam/_apis/wit/workItems/42");
    const write = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
    await page.user.click(button("Copy"));
    expect(await screen.findByText("Copied")).toBeTruthy();
    expect(write.mock.calls[0]?.[0]).toContain("5f1d00c4ab12ef90");
  });

  it("show what happened on the partner's side as such", async () => {
    renderErrors("errors/there");
    expect(await screen.findByText("On the partner's side (Adventure Works)")).toBeTruthy();
    expect(screen.getByText("Das Feld „Schweregrad“ ist erforderlich.")).toBeTruthy();
  });

  it("follow a retry to its end", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      const page = renderErrors("errors/rule-7");
      await page.user.click(await findButton("Retry"));
      expect(await screen.findByText("It is being tried again. This page follows.")).toBeTruthy();
      page.node.errors.heal();
      await act(() => vi.advanceTimersByTimeAsync(3_500));
      expect((await screen.findAllByText("Closed after a retry")).length).toBeGreaterThan(0);
      await expectAccessible();
    } finally {
      vi.useRealTimers();
    }
  });

  it("resolve with a note, which stands in the history", async () => {
    const page = renderErrors("errors/warning");
    await findButton("Resolve");
    expect(screen.queryByRole("button", { name: "Retry" })).toBeNull();
    await page.user.click(button("Resolve"));
    const dialog = await screen.findByRole("dialog", { name: "Resolve this error?" });
    expect(within(dialog).getByText("It is closed with your note. It comes back if it happens again.")).toBeTruthy();
    await page.user.type(within(dialog).getByLabelText("Note"), "It was me.");
    await page.user.click(within(dialog).getByRole("button", { name: "Resolve" }));
    expect(await screen.findByText("It was me.")).toBeTruthy();
    expect(screen.getAllByText("Resolved by Ada").length).toBeGreaterThan(0);
  });

  it("say when there is no such error", async () => {
    const page = renderErrors("errors/nowhere");
    expect(await screen.findByText("It does not exist any more.")).toBeTruthy();
    await page.user.click(button("Back to errors"));
    expect(page.navigation.hash).toBe("errors");
  });
});

describe("the number in the menu and the notice", () => {
  it("tell on every tab what stopped a connection or the node, until it is dismissed", async () => {
    const page = renderErrors("connections");
    expect(await screen.findByRole("link", { name: "Errors", description: "1,205 open errors" })).toBeTruthy();
    expect(screen.getByText("999+")).toBeTruthy();
    expect(screen.getByText("This node can't work as it should.")).toBeTruthy();
    await expectAccessible();
    await page.user.click(button("Show the error"));
    expect(page.navigation.hash).toBe("errors/credential");
    await page.user.click(button("Dismiss"));
    expect(screen.queryByText("This node can't work as it should.")).toBeNull();
  });

  it("stay dismissed when the page is opened again, until a new one comes", async () => {
    const first = renderErrors();
    await first.user.click(await findButton("Dismiss"));
    const { opened_at: dismissed } = first.node.errors.items.find((item) => item.id === "credential") ?? { opened_at: "" };
    const grave = { id: "x", impact: "node", message: "", opened_at: dismissed } as const;
    expect(isNews(grave, window.localStorage.getItem("adnode-dismissed-error") ?? "")).toBe(false);
    expect(isNews({ ...grave, opened_at: new Date(Date.now() + 1_000).toISOString() }, dismissed)).toBe(true);
    expect(isNews(null, "")).toBe(false);
  });

  it("ask little, and follow what is done on the tab", async () => {
    const page = renderErrors("errors/warning");
    await screen.findByRole("link", { name: "Errors", description: "1,205 open errors" });
    await page.user.click(button("Resolve"));
    await page.user.type(await screen.findByLabelText("Note"), "Seen.");
    await page.user.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Resolve" }));
    expect(await screen.findByRole("link", { name: "Errors", description: "1,204 open errors" })).toBeTruthy();
  });
});

describe("the filter", () => {
  it("says nothing of what is not chosen", () => {
    expect(toFilter(NO_CHOICES, "")).toEqual({ status: "open" });
    expect(isNarrowed(NO_CHOICES)).toBe(false);
    expect(isNarrowed({ ...NO_CHOICES, status: "history", isGrouped: false })).toBe(false);
    expect(isNarrowed({ ...NO_CHOICES, side: "local" })).toBe(true);
  });

  it.each([
    ["42", 42],
    [" #42 ", 42],
    ["0", undefined],
    ["9999999999", undefined],
    ["bug", undefined],
  ])("reads %s as a work item's number", (number, expected) => {
    expect(toFilter({ ...NO_CHOICES, number }, "").work_item_id).toBe(expected);
  });
});

async function findByMessage(message: RegExp): Promise<HTMLElement> {
  await screen.findByRole("table");
  return within(table()).getByRole("button", { name: message });
}
