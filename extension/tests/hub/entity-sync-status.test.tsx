import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";

import { FakeNode } from "../../dev/fake-node/fake-node";
import { Refusal } from "../../dev/fake-node/messages";
import { addSamples } from "../../dev/fake-node/samples";
import * as download from "../../src/common/download";
import { expectAccessible } from "../axe";
import { button, findButton, renderHub } from "../hub-page";

const hash = "entity-sync-status";

function nodeWith(amount = 12): FakeNode {
  const node = new FakeNode();
  addSamples(node);
  node.fabrikam.twins = [];
  node.twins.addSamples(node.fabrikam, amount);
  return node;
}

function rows(): HTMLElement[] {
  return within(screen.getByRole("table", { name: "Pairs" })).getAllByRole("row").slice(1);
}

async function openPair(node: FakeNode, number = 1) {
  const twin = node.fabrikam.twins.find(({ local }) => local?.id === String(1000 + number));
  const page = renderHub({ node, hash: `${hash}/${twin?.id ?? ""}` });
  await findButton("Sync now");
  return page;
}

describe("Entity Sync Status", () => {
  it("lists the pairs with both work items, their state and what is wrong", async () => {
    renderHub({ node: nodeWith(), hash });
    await screen.findByRole("table", { name: "Pairs" });
    expect(rows()).toHaveLength(12);
    const [first, , failed] = rows();
    expect(first?.textContent).toContain("1001");
    expect(first?.textContent).toContain("2 conflicts");
    expect(within(first as HTMLElement).getAllByRole("link").map((link) => link.getAttribute("href"))).toEqual([
      "https://dev.azure.com/fabrikam/_workitems/edit/1001",
      "https://dev.azure.com/partner/_workitems/edit/5001",
    ]);
    expect(failed?.textContent).toContain("Failed");
    expect(failed?.textContent).toContain("A rule of the process does not allow this work item.");
    await expectAccessible();
  });

  it("turns pages and sorts in the node", async () => {
    const { node, user } = renderHub({ node: nodeWith(60), hash });
    await screen.findByRole("table", { name: "Pairs" });
    await user.click(button("Next"));
    await screen.findByText("51 to 60 of 60 pairs");
    await user.click(button("Title"));
    await waitFor(() => expect(screen.getByRole("columnheader", { name: "Title" }).getAttribute("aria-sort")).toBe("ascending"));
    await screen.findByText("1 to 50 of 60 pairs");
    expect(node.log.filter((line) => line === "GET /twins").length).toBeGreaterThanOrEqual(3);
  });

  it("narrows the list down, and shows all again", async () => {
    const { user } = renderHub({ node: nodeWith(), hash });
    await screen.findByRole("table", { name: "Pairs" });
    await user.selectOptions(screen.getByLabelText("Status"), "failed");
    await screen.findByText("1 to 2 of 2 pairs");
    await user.selectOptions(screen.getByLabelText("Conflicts"), "yes");
    await screen.findByRole("heading", { name: "No pair matches." });
    await expectAccessible();
    await user.click(button("Show all"));
    await screen.findByText("1 to 12 of 12 pairs");
  });

  it("says that nothing is under sync yet", async () => {
    const node = nodeWith(0);
    const { navigation, user } = renderHub({ node, hash });
    await screen.findByRole("heading", { name: "Nothing is under sync yet." });
    await expectAccessible();
    await user.click(button("Open Triggers"));
    expect(navigation.hash).toBe("triggers");
  });

  it.each([
    ["77", "There is no work item 77 that this node can read."],
    ["https://dev.azure.com/partner/_workitems/edit/8", "This work item of your partner is not under sync."],
    ["somebody", "No pair has such a title."],
  ])("tells for %s why there is no pair", async (text, title) => {
    const { user } = renderHub({ node: nodeWith(), hash });
    await user.type(await screen.findByLabelText("Work item key"), `${text}{Enter}`);
    await screen.findByRole("heading", { name: title });
    await user.click(within(screen.getByRole("search")).getByRole("button", { name: "Show all" }));
    await screen.findByText("1 to 12 of 12 pairs");
  });

  it("tells what is wrong with an address of nobody", async () => {
    const { user } = renderHub({ node: nodeWith(), hash });
    await user.type(await screen.findByLabelText("Work item key"), "https://example.com/_workitems/edit/1{Enter}");
    await screen.findByText(/belongs neither to your organization/);
    expect(screen.queryByRole("button", { name: "Retry" })).toBeNull();
  });

  it("finds a pair by the number of either side", async () => {
    const { user } = renderHub({ node: nodeWith(), hash });
    await user.type(await screen.findByLabelText("Work item key"), "5007");
    await user.click(button("Search"));
    await screen.findByText("1 to 1 of 1 pairs");
    expect(rows()[0]?.textContent).toContain("1007");
    expect(button("Refresh")).toBeTruthy();
  });

  it("puts a work item under sync over the connection that is chosen", async () => {
    const { node, user } = renderHub({ node: nodeWith(), hash });
    await user.type(await screen.findByLabelText("Work item key"), "#42{Enter}");
    await screen.findByRole("heading", { name: "This work item is not under sync." });
    await user.click(button("Exalate"));
    const dialog = await screen.findByRole("dialog");
    await expectAccessible();
    await user.selectOptions(within(dialog).getByLabelText("Connection"), "fabrikam to Wingtip");
    await user.click(within(dialog).getByRole("button", { name: "Exalate" }));
    await screen.findByText("1 to 1 of 1 pairs");
    expect(node.fabrikam.twins.at(-1)?.connection_name).toBe("fabrikam to Wingtip");
  });

  it("connects two work items that exist", async () => {
    const { node, user } = renderHub({ node: nodeWith(), hash });
    await user.type(await screen.findByLabelText("Work item key"), "#42{Enter}");
    await user.click(await findButton("Connect"));
    const dialog = await screen.findByRole("dialog");
    await user.type(within(dialog).getByLabelText("Remote work item key"), "nonsense{Enter}");
    await within(dialog).findByText(/Enter the number of a work item/);
    await user.clear(within(dialog).getByLabelText("Remote work item key"));
    await user.type(within(dialog).getByLabelText("Remote work item key"), "907{Enter}");
    await screen.findByText("1 to 1 of 1 pairs");
    expect(node.fabrikam.twins.at(-1)?.remote?.id).toBe("907");
  });

  it("saves the list as a file", async () => {
    const save = vi.spyOn(download, "saveFile").mockImplementation(() => undefined);
    const { user } = renderHub({ node: nodeWith(), hash });
    await user.click(await findButton("Export CSV"));
    await waitFor(() => expect(save).toHaveBeenCalledOnce());
    expect(save.mock.calls[0]?.[0]).toBe("entity-sync-status.csv");
    expect(save.mock.calls[0]?.[1].split("\r\n")).toHaveLength(13);
    save.mockRestore();
  });

  it("opens a pair by its title, and comes back to the same list", async () => {
    const { node, navigation, user } = renderHub({ node: nodeWith(), hash });
    await user.selectOptions(await screen.findByLabelText("Conflicts"), "yes");
    await screen.findByText("1 to 1 of 1 pairs");
    await user.click(await findButton("Print the answer 1"));
    await findButton("Sync now");
    expect(navigation.hash).toBe(`${hash}/${node.fabrikam.twins.find(({ local }) => local?.id === "1001")?.id ?? ""}`);
    await user.click(button("Back to the list"));
    await screen.findByText("1 to 1 of 1 pairs");
  });

  it("shows a pair that is gone as gone", async () => {
    renderHub({ node: nodeWith(), hash: `${hash}/nowhere` });
    await screen.findByText("It does not exist any more.");
    await expectAccessible();
  });

  it("keeps the rows when the node does not answer", async () => {
    const node = nodeWith();
    const { user } = renderHub({ node, hash });
    await screen.findByRole("table", { name: "Pairs" });
    node.isDown = true;
    await user.click(button("Refresh"));
    await screen.findByText(/may be out of date/);
    expect(rows()).toHaveLength(12);
  });

  it("is for administrators only", async () => {
    const node = nodeWith();
    node.refuseNext(/GET \/twins/, new Refusal(403, "administrator_required", "", { right: "Edit", grantor: "Somebody" }));
    renderHub({ node, hash });
    await screen.findByText("You can't use this page.");
  });
});

describe("A pair", () => {
  it("shows both sides and how it is doing", async () => {
    await openPair(nodeWith());
    expect(screen.getByRole("heading", { name: "Print the answer 1" })).toBeTruthy();
    expect(screen.getByRole("link", { name: /5001: Print the answer 1/ })).toBeTruthy();
    expect(screen.getByText("Last received").nextSibling?.textContent).toBe("never, as far as remembered");
    await expectAccessible();
  });

  it("is synchronized at once", async () => {
    const { node, user } = await openPair(nodeWith());
    await user.click(button("Sync now"));
    await screen.findByText("Both sides are being compared. This page follows.");
    expect(node.log.some((line) => /^POST \/twins\/.*\/sync-now$/.test(line))).toBe(true);
  });

  it("says why it can't be synchronized", async () => {
    const node = nodeWith();
    const { user } = await openPair(node);
    node.refuseNext(/sync-now/, new Refusal(409, "state", "Connection X is deactivated. Activate it first."));
    await user.click(button("Sync now"));
    await screen.findByText(/Activate it first/);
  });

  it("is taken out of sync after a question", async () => {
    const { node, user } = await openPair(nodeWith(), 2);
    await user.click(button("Unexalate"));
    const dialog = await screen.findByRole("dialog");
    expect(within(dialog).getByText("3 changes still waiting")).toBeTruthy();
    await user.click(within(dialog).getByRole("radio", { name: "Stop now" }));
    await expectAccessible();
    await user.click(within(dialog).getByRole("button", { name: "Unexalate" }));
    await waitFor(() => expect(node.fabrikam.twins.some(({ local }) => local?.id === "1002")).toBe(false));
  });

  it("has its errors tried again", async () => {
    const { node, navigation, user } = await openPair(nodeWith(), 3);
    await user.click(button("Retry"));
    await waitFor(() => expect(node.log).toContain("POST /errors/error-of-3/retry"));
    expect(navigation.hash).toContain(hash);
  });

  it("lets both values of a conflict be compared and the other one be used", async () => {
    const { user } = await openPair(nodeWith());
    await user.click(screen.getByRole("tab", { name: /Conflicts/ }));
    const conflict = await screen.findByRole("region", { name: "Conflict: Title" });
    expect(within(conflict).getByRole("group", { name: "Kept value" }).textContent).toBe("Login fails after the update of Tuesday");
    expect(within(conflict).getByRole("group", { name: "Lost value" }).textContent).toBe("Login fails since version 4.2");
    await expectAccessible();
    await user.click(within(conflict).getByRole("button", { name: "Use the other value" }));
    await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Use the other value" }));
    await within(conflict).findByText(/On its way/);
    expect(within(conflict).queryByRole("button")).toBeNull();
  });

  it("announces pairs in conflict in the menu until they are decided", async () => {
    const { user } = await openPair(nodeWith());
    const item = screen.getByRole("link", { name: /Entity Sync status/ });
    await waitFor(() => expect(describedBy(item)).toBe("1 conflicting pair"));
    await user.click(screen.getByRole("tab", { name: /Conflicts/ }));
    for (const name of ["Conflict: Title", "Conflict: File log.txt"]) {
      const conflict = await screen.findByRole("region", { name });
      await user.click(within(conflict).getByRole("button", { name: "Dismiss" }));
      await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Dismiss" }));
      await within(conflict).findByText(/Dismissed/);
    }
    await waitFor(() => expect(describedBy(item)).toBe(""));
  });

  it("says why a file can't be taken back, and lets the conflict be dismissed", async () => {
    const { user } = await openPair(nodeWith());
    await user.click(screen.getByRole("tab", { name: /Conflicts/ }));
    const conflict = await screen.findByRole("region", { name: "Conflict: File log.txt" });
    expect(within(conflict).getByText(/can't be taken back/)).toBeTruthy();
    expect(within(conflict).queryByRole("button", { name: "Use the other value" })).toBeNull();
    await user.click(within(conflict).getByRole("button", { name: "Dismiss" }));
    await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Dismiss" }));
    await within(conflict).findByText(/Dismissed: the value that won stays/);
  });

  it("tells its history page by page, its traces and its replicas", async () => {
    const { user } = await openPair(nodeWith());
    await user.click(screen.getByRole("tab", { name: /History/ }));
    await screen.findByText("1 to 20 of 25 changes");
    expect(screen.getByText("and 4 more")).toBeTruthy();
    await expectAccessible();
    await user.click(button("Next"));
    await screen.findByText("21 to 25 of 25 changes");
    await user.click(screen.getByRole("tab", { name: /Comments and files/ }));
    expect((await screen.findByRole("table", { name: "Comments and files" })).textContent).toContain("screenshot.png");
    await user.click(screen.getByRole("tab", { name: "Replicas" }));
    expect((await screen.findByRole("group", { name: "Held here" })).textContent).toContain('"summary"');
    await expectAccessible();
  });

  it("has nothing to tell when it is new", async () => {
    const { user } = await openPair(nodeWith(), 2);
    for (const [tab, words] of [
      [/Conflicts/, /There is no conflict/],
      [/History/, /Nothing has been exchanged/],
      [/Comments and files/, /Neither comments nor files/],
    ] as const) {
      await user.click(screen.getByRole("tab", { name: tab }));
      await screen.findByText(words);
    }
  });
});

/** What a screen reader adds to the name. */
function describedBy(item: HTMLElement): string {
  const id = item.getAttribute("aria-describedby");
  return id === null ? "" : (document.getElementById(id)?.textContent ?? "");
}
