import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";

import { FakeNode } from "../../dev/fake-node/fake-node";
import { Refusal } from "../../dev/fake-node/messages";
import { addSamples } from "../../dev/fake-node/samples";
import * as download from "../../src/common/download";
import { expectAccessible } from "../axe";
import { button, findButton, renderHub } from "../hub-page";

const hash = "bulk-connect";

function sampleNode(): FakeNode {
  const node = new FakeNode();
  addSamples(node);
  return node;
}

function csv(name = "pairs.csv", text = "local_work_item_id,remote_work_item_id\n1,11\n"): File {
  return new File([text], name, { type: "text/csv" });
}

async function choose(user: UserEvent, file = csv()): Promise<void> {
  await user.upload(await screen.findByLabelText("CSV file of pairs"), file);
}

function drop(file: File): void {
  const zone = screen.getByText("Drop a CSV file here, or").parentElement as HTMLElement;
  fireEvent.dragOver(zone);
  expect(zone.className).toContain("over");
  fireEvent.drop(zone, { dataTransfer: { files: [file] } });
  expect(zone.className).not.toContain("over");
}

describe("Bulk Connect", () => {
  it("offers active connections only, a template, and a place for the file", async () => {
    const saved = vi.spyOn(download, "saveFile").mockImplementation(() => undefined);
    vi.spyOn(download, "mayDownload").mockReturnValue(true);
    const { user } = renderHub({ node: sampleNode(), hash });
    const choices = within(await screen.findByLabelText("Connection")).getAllByRole("option");
    expect(choices.map((choice) => choice.textContent)).toContain("fabrikam to Adventure Works");
    expect(choices.map((choice) => choice.textContent)).not.toContain("fabrikam to Proseware");
    expect(await screen.findByText(/None yet/)).toBeTruthy();
    await expectAccessible();
    await user.click(button("Download template"));
    await waitFor(() => expect(saved).toHaveBeenCalledWith("bulk-connect-template.csv", expect.stringContaining("local_work_item_id")));
    vi.restoreAllMocks();
  });

  it("checks a file as soon as it is chosen and connects it as it was asked", async () => {
    const { node, user } = renderHub({ node: sampleNode(), hash });
    await choose(user);
    expect(await screen.findByText("All 300 rows can be connected.")).toBeTruthy();
    expect(screen.getByText(/Read as UTF-8 with semicolon/)).toBeTruthy();
    expect(screen.getByRole("radio", { name: "Leave both as they are" })).toHaveProperty("checked", true);
    await expectAccessible();
    await user.click(screen.getByRole("radio", { name: "Remote wins" }));
    await user.click(screen.getByRole("checkbox", { name: "Sync existing comments" }));
    await user.click(button("Connect 300 pairs"));
    expect(await screen.findByRole("article", { name: "Connect 300 pairs over fabrikam to Adventure Works" })).toBeTruthy();
    const sent = new URLSearchParams(node.bulkConnect.queries[0]);
    expect(Object.fromEntries(sent)).toEqual({
      content: "remote",
      comments: "true",
      attachments: "false",
      skip_wrong: "false",
      file_name: "pairs.csv",
    });
    expect(document.activeElement?.textContent).toBe("Files that were connected");
    expect(screen.queryByText("All 300 rows can be connected.")).toBeNull();
    await expectAccessible();
  });

  it("takes a file that is dropped", async () => {
    renderHub({ node: sampleNode(), hash });
    await screen.findByText("Drop a CSV file here, or");
    drop(csv("dropped.csv"));
    expect(await screen.findByText("dropped.csv")).toBeTruthy();
    expect(await screen.findByText("All 300 rows can be connected.")).toBeTruthy();
  });

  it("names wrong rows with their lines and starts nothing unless they are skipped", async () => {
    const node = sampleNode();
    node.bulkConnect.addProblems("malformed", "not_found", "already_synced", "out_of_scope", "duplicate");
    const { user } = renderHub({ node, hash });
    await choose(user);
    expect(await screen.findByText("300 of 305 rows can be connected.")).toBeTruthy();
    expect(screen.getByText(/Not readable: 1 · Duplicate: 1 · Not found: 1 · Already synced: 1 · Out of scope: 1/)).toBeTruthy();
    const rows = within(screen.getByRole("table", { name: "Wrong rows" })).getAllByRole("row");
    expect(rows).toHaveLength(6);
    expect(rows[1]?.textContent).toMatch(/^3.*Not readable.*is a formula/);
    const start = button("Connect 300 pairs");
    expect(start.getAttribute("aria-disabled")).toBe("true");
    await user.click(start);
    expect(node.bulkConnect.queries).toEqual([]);
    await expectAccessible();
    await user.click(screen.getByRole("checkbox", { name: "Skip the 5 rows that can't be connected" }));
    await user.click(start);
    await waitFor(() => expect(node.bulkConnect.queries[0]).toContain("skip_wrong=true"));
  });

  it("says how many wrong rows are not shown, and that nothing is left to connect", async () => {
    const node = sampleNode();
    node.bulkConnect.addProblems("not_found");
    node.bulkConnect.wrong = 9_000;
    node.bulkConnect.good = 0;
    const { user } = renderHub({ node, hash });
    await choose(user);
    expect(await screen.findByText("No row can be connected.")).toBeTruthy();
    expect(screen.getByText("These are the first 1 of 9,000.")).toBeTruthy();
    expect(screen.queryByRole("button", { name: /^Connect/ })).toBeNull();
  });

  it("refuses a huge file without sending it", async () => {
    const { node, user } = renderHub({ node: sampleNode(), hash });
    const huge = csv("huge.csv");
    Object.defineProperty(huge, "size", { value: 100 * 1024 * 1024 });
    await choose(user, huge);
    expect(await screen.findByText(/huge.csv has 100 MB; files of pairs may have 2 MB/)).toBeTruthy();
    expect(node.log.filter((line) => line.includes("bulk-connect"))).toEqual([]);
    await choose(user, csv("small.csv"));
    expect(await screen.findByText("All 300 rows can be connected.")).toBeTruthy();
  });

  it("says why a file is none of pairs, and checks it again on request", async () => {
    const node = sampleNode();
    node.refuseNext(/bulk-connect\/check/, new Refusal(422, "pair_file", "Line 3 is not UTF-8; save it again as “CSV UTF-8”."));
    const { user } = renderHub({ node, hash });
    await choose(user);
    expect(await screen.findByText("This is no file of pairs.")).toBeTruthy();
    expect(screen.getByText(/Line 3 is not UTF-8/)).toBeTruthy();
    await expectAccessible();
    await user.click(button("Retry"));
    expect(await screen.findByText("All 300 rows can be connected.")).toBeTruthy();
  });

  it("checks the file again for another connection", async () => {
    const { node, user } = renderHub({ node: sampleNode(), hash });
    await choose(user);
    await screen.findByText("All 300 rows can be connected.");
    await user.selectOptions(screen.getByLabelText("Connection"), "fabrikam to Tailspin Toys");
    await waitFor(() => expect(node.log.filter((line) => line.includes("/check"))).toHaveLength(2));
    expect(await screen.findByText("All 300 rows can be connected.")).toBeTruthy();
  });

  it("keeps the file and says why it could not start", async () => {
    const node = sampleNode();
    const { user } = renderHub({ node, hash });
    await choose(user);
    await screen.findByText("All 300 rows can be connected.");
    node.refuseNext(/bulk-connect$/, new Refusal(409, "state", "Connection x is deactivated; only an active one takes work items."));
    await user.click(button("Connect 300 pairs"));
    expect(await screen.findByText(/only an active one takes work items/)).toBeTruthy();
    await user.click(button("Retry"));
    expect(await screen.findByRole("article", { name: /^Connect 300 pairs/ })).toBeTruthy();
  });

  it("sends to Connections where none is active", async () => {
    const { navigation, user } = renderHub({ hash });
    expect(await screen.findByText("There is no connection yet")).toBeTruthy();
    await expectAccessible();
    await user.click(button("Go to Connections"));
    expect(navigation.hash).toBe("connections");
  });

  it("says that connections could not be loaded", async () => {
    const node = sampleNode();
    node.refuseNext(/^GET \/connections$/, new Refusal(403, "administrator_required", "", { right: "Edit", grantor: "Ada" }));
    renderHub({ node, hash });
    expect(await screen.findByText("You can't use this page.")).toBeTruthy();
  });
});

describe("Clean-up Tools", () => {
  const tools = "clean-up-tools";

  it("shows what would go, and starts when the name is typed", async () => {
    const { node, user } = renderHub({ node: sampleNode(), hash: tools });
    expect(await screen.findByText(/Each one is shown here/)).toBeTruthy();
    await expectAccessible();
    await user.click(screen.getByRole("radio", { name: "By connection" }));
    await user.selectOptions(screen.getByLabelText("Connection"), "fabrikam to Adventure Works");
    await user.click(button("Show what would go"));
    const dialog = await screen.findByRole("dialog", { name: "Clean up fabrikam to Adventure Works?" });
    expect(dialog.textContent).toContain("1,284 pairs, 4 waiting events, 2 open errors, 1 conflict, 840 traces");
    expect(dialog.textContent).toContain("all work items with everything that was synchronized");
    expect(dialog.textContent).toContain("4 changes on the way");
    await expectAccessible();
    const confirm = within(dialog).getByRole("button", { name: "Forget 1,284 pairs" });
    expect(confirm.getAttribute("aria-disabled")).toBe("true");
    await user.type(within(dialog).getByLabelText("Type its name to confirm"), "fabrikam to Adventure Works");
    await user.click(confirm);
    expect(await screen.findByRole("article", { name: "Clean up connection fabrikam to Adventure Works" })).toBeTruthy();
    expect(node.bulkConnect.bodies[0]).toMatchObject({
      scope: "connection",
      confirmation: "fabrikam to Adventure Works",
      keeps_remote_pairs: false,
    });
    expect(screen.queryByRole("dialog")).toBeNull();
    await waitFor(() => expect(document.activeElement?.textContent).toBe("Clean-ups"));
    await expectAccessible();
  });

  it("gives the file that connects again", async () => {
    const saved = vi.spyOn(download, "saveFile").mockImplementation(() => undefined);
    vi.spyOn(download, "mayDownload").mockReturnValue(true);
    const node = sampleNode();
    node.jobs.add("clean_up", { done: 3 }, { title: "Clean up connection To Contoso", status: "finished", created_at: "2026-01-05T09:30:00Z" });
    const { user } = renderHub({ node, hash: tools });
    await user.click(await findButton("Download file for connecting again"));
    await waitFor(() =>
      expect(saved).toHaveBeenCalledWith("connect-CONNECTION-To-Contoso-20260105_093000.csv", expect.stringContaining("1,11")),
    );
    vi.restoreAllMocks();
  });

  it("cleans up one work item by its number or address", async () => {
    const { node, user } = renderHub({ node: sampleNode(), hash: tools });
    await user.click(await findButton("Show what would go"));
    expect(await screen.findByText(/Enter the number of a work item/)).toBeTruthy();
    await expectAccessible();
    await user.type(screen.getByLabelText("Work item"), "https://dev.azure.com/fabrikam/Alpha/_workitems/edit/42{Enter}");
    const dialog = await screen.findByRole("dialog", { name: "Clean up work item 42?" });
    await user.type(within(dialog).getByLabelText("Type its name to confirm"), "42");
    await user.click(within(dialog).getByRole("button", { name: "Forget 1 pair" }));
    await waitFor(() => expect(node.bulkConnect.bodies[0]).toMatchObject({ scope: "work_item", work_item_id: "42" }));
  });

  it("lists the connections where everything goes", async () => {
    const { user } = renderHub({ node: sampleNode(), hash: tools });
    await user.click(await screen.findByRole("radio", { name: "Everything" }));
    await user.click(button("Show what would go"));
    const dialog = await screen.findByRole("dialog", { name: "Clean up fabrikam?" });
    expect(within(within(dialog).getByRole("list", { name: "Pairs by connection" })).getAllByRole("listitem")).toHaveLength(3);
  });

  it("asks whether the other side may keep its pairs where it can't be told", async () => {
    const node = sampleNode();
    node.bulkConnect.orphaning = "it was stopped and waits for a decision";
    const { user } = renderHub({ node, hash: tools });
    await user.click(await screen.findByRole("radio", { name: "By connection" }));
    await user.click(button("Show what would go"));
    const dialog = await screen.findByRole("dialog");
    expect(dialog.textContent).toContain("can’t be told: it was stopped and waits for a decision");
    await user.type(within(dialog).getByLabelText("Type its name to confirm"), "fabrikam to Adventure Works");
    await user.click(within(dialog).getByRole("button", { name: /^Forget/ }));
    expect(await within(dialog).findByText("The other side would keep its pairs.")).toBeTruthy();
    await expectAccessible();
    await user.click(within(dialog).getByRole("checkbox", { name: "The other side keeps its pairs" }));
    await user.click(within(dialog).getByRole("button", { name: /^Forget/ }));
    await waitFor(() => expect(node.bulkConnect.bodies.at(-1)).toMatchObject({ keeps_remote_pairs: true }));
  });

  it("says when there is nothing to clean up", async () => {
    const node = sampleNode();
    node.bulkConnect.hasPairs = false;
    const { user } = renderHub({ node, hash: tools });
    await user.type(await screen.findByLabelText("Work item"), "7");
    await user.click(button("Show what would go"));
    expect(await screen.findByText("This work item is not under sync.")).toBeTruthy();
    await user.click(screen.getByRole("radio", { name: "Everything" }));
    expect(screen.queryByText("This work item is not under sync.")).toBeNull();
  });

  it("says that the preview failed, and tries again", async () => {
    const node = sampleNode();
    node.refuseNext(/clean-up\/preview/, new Refusal(503, "storage_unavailable", "The database did not answer."));
    const { user } = renderHub({ node, hash: tools });
    await user.click(await screen.findByRole("radio", { name: "Everything" }));
    await user.click(button("Show what would go"));
    expect(await screen.findByText("The node can't reach its database.")).toBeTruthy();
    await user.click(button("Retry"));
    expect(await screen.findByRole("dialog", { name: "Clean up fabrikam?" })).toBeTruthy();
  });
});
