import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";

import { FakeNode } from "../../dev/fake-node/fake-node";
import { Refusal } from "../../dev/fake-node/messages";
import { addSamples } from "../../dev/fake-node/samples";
import * as download from "../../src/common/download";
import { expectAccessible } from "../axe";
import { button, findButton, renderHub } from "../hub-page";

const hash = "license-details";

function nodeWith(limit: number | null): FakeNode {
  const node = new FakeNode();
  addSamples(node);
  node.usage.addSamples(node.fabrikam, limit);
  return node;
}

describe("License Details", () => {
  it("say that there is no limit, and that nothing has to be bought", async () => {
    renderHub({ node: nodeWith(null), hash });
    expect(await screen.findByRole("heading", { name: "No limit" })).toBeTruthy();
    expect(screen.getByText(/Nothing has to be bought/)).toBeTruthy();
    expect(screen.queryByRole("meter")).toBeNull();
    expect(screen.queryByRole("heading", { name: "Work items that wait" })).toBeNull();
    await screen.findByRole("table", { name: "Usage by connection and month" });
    await expectAccessible();
  });

  it("show how much of the free plan is used, and what happens at the limit", async () => {
    const node = nodeWith(1000);
    node.usage.held = [];
    renderHub({ node, hash });
    expect(await screen.findByRole("heading", { name: "Free plan: 1,000 new pairs a month" })).toBeTruthy();
    const meter = screen.getByRole("meter", { name: "New pairs this month" });
    expect(meter.getAttribute("aria-valuemax")).toBe("1000");
    expect(meter.getAttribute("aria-valuetext")).toMatch(/of 1,000, [\d,]+ left/);
    expect(screen.getByText(/At the limit, further work items wait/)).toBeTruthy();
    expect(await screen.findByText("Nothing waits for the plan.")).toBeTruthy();
  });

  it("name what waits, in its order, ours and the partner's", async () => {
    const { navigation, user } = renderHub({ node: nodeWith(400), hash });
    expect(await screen.findByText("30 work items wait: this month's new pairs are used up.")).toBeTruthy();
    const table = await screen.findByRole("table", { name: "Work items that wait" });
    const rows = within(table).getAllByRole("row").slice(1);
    expect(rows).toHaveLength(25);
    expect(rows[0]?.textContent).toContain("701");
    expect(rows[2]?.textContent).toContain("The partner's 43");
    await expectAccessible();
    await user.click(within(table).getAllByRole("button", { name: "fabrikam to Adventure Works" })[0] as HTMLElement);
    await waitFor(() => expect(navigation.hash).toMatch(/^connections\//));
  });

  it("turn the pages of what waits", async () => {
    const { user } = renderHub({ node: nodeWith(400), hash });
    const pages = await screen.findByRole("navigation", { name: "Pages of work items that wait" });
    expect(pages.textContent).toContain("1 to 25 of 30");
    await user.click(within(pages).getByRole("button", { name: "Next" }));
    await waitFor(() => expect(pages.textContent).toContain("26 to 30 of 30"));
  });

  it("list usage with its destination, as a chart and as a table", async () => {
    const { user } = renderHub({ node: nodeWith(null), hash });
    const table = await screen.findByRole("table", { name: "Usage by connection and month" });
    expect(within(table).getAllByRole("link")[0]?.getAttribute("href")).toMatch(/^https:/);
    expect(screen.getByRole("img", { name: /^New pairs by month, .* to / })).toBeTruthy();
    await user.click(button("Table: New pairs by month"));
    const figures = screen.getByRole("region", { name: "New pairs by month, as a table" });
    expect(within(figures).getAllByRole("row")).toHaveLength(13);
  });

  it("save all usage as a file", async () => {
    const save = vi.spyOn(download, "saveFile").mockImplementation(() => undefined);
    vi.spyOn(download, "mayDownload").mockReturnValue(true);
    const { user } = renderHub({ node: nodeWith(null), hash });
    await user.click(await findButton("Export CSV"));
    await waitFor(() => expect(save).toHaveBeenCalledOnce());
    expect(save.mock.calls[0]?.[0]).toBe("adnode-usage.csv");
    expect(save.mock.calls[0]?.[1]).toContain("month,connection,destination,connection_id,new_pairs");
    vi.restoreAllMocks();
  });

  it("are there before the first pair too", async () => {
    renderHub({ hash });
    expect(await screen.findByText(/No pair has been made yet/)).toBeTruthy();
    await expectAccessible();
  });

  it("say which right is missing, and try again after a failure", async () => {
    const node = new FakeNode();
    node.refuseNext(/GET \/license$/, new Refusal(503, "busy", ""));
    const { user } = renderHub({ node, hash });
    expect(await screen.findByText("The node is busy.")).toBeTruthy();
    await user.click(button("Retry"));
    expect(await screen.findByRole("heading", { name: "No limit" })).toBeTruthy();
  });

  it("tell who lost the right what to ask for", async () => {
    const node = new FakeNode();
    const refusal = new Refusal(403, "administrator_required", "", { right: "Edit collection-level information", grantor: "Ada" });
    node.refuseNext(/GET \/license$/, refusal);
    renderHub({ node, hash });
    expect(await screen.findByText(/Edit collection-level information/)).toBeTruthy();
  });
});
