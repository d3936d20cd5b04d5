import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeNode } from "../../dev/fake-node/fake-node";
import { finishSync, makeTwin } from "../../dev/fake-node/fake-work-items";
import { Refusal, type FakeAnswer, type FakeRequest } from "../../dev/fake-node/messages";
import { addSamples } from "../../dev/fake-node/samples";
import { formatLatency } from "../../src/hub/getting-started/dashboard/dashboard-logic";
import { expectAccessible } from "../axe";
import { button, findButton, renderHub } from "../hub-page";

const hash = "getting-started";

function busyNode(): FakeNode {
  const node = new FakeNode();
  addSamples(node);
  node.usage.addSamples(node.fabrikam, 400);
  return node;
}

/** A node on which there is nothing left to do. */
class ReadyNode extends FakeNode {
  override answer(request: FakeRequest): FakeAnswer {
    const answer = super.answer(request);
    if (request.path !== "/getting-started" || answer.status !== 200) return answer;
    const { items } = answer.body as { items: readonly object[] };
    return { ...answer, body: { items: items.map((step) => ({ ...step, is_done: true })) } };
  }
}

describe("the dashboard", () => {
  it("says that nothing has been synchronized yet, below the steps", async () => {
    renderHub({ hash });
    const empty = await screen.findByRole("heading", { name: "Nothing has been synchronized yet" });
    const steps = screen.getByRole("list", { name: "Steps" });
    expect(steps.compareDocumentPosition(empty) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
    await expectAccessible();
  });

  it("stands above the steps once the first work item is in sync", async () => {
    const node = busyNode();
    const [connection] = node.fabrikam.connections;
    if (connection !== undefined) node.fabrikam.twins.push(makeTwin(node.fabrikam, connection, "42"));
    finishSync(node.fabrikam);
    renderHub({ node, hash });
    const cards = await screen.findByRole("list", { name: "Now" });
    const steps = screen.getByRole("list", { name: "Steps" });
    expect(cards.compareDocumentPosition(steps) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
    await expectAccessible();
  });

  it("counts connections, pairs, the queue and errors, each with the way there", async () => {
    const { navigation, user } = renderHub({ node: busyNode(), hash });
    const cards = within(await screen.findByRole("list", { name: "Now" })).getAllByRole("heading");
    expect(cards.map((card) => card.textContent)).toEqual(["Connections", "Pairs", "Queue", "Errors"]);
    const texts = cards.map((card) => card.closest("li")?.textContent);
    expect(texts[0]).toContain("active");
    expect(texts[1]).toContain("1,281 in sync");
    expect(texts[1]).toContain("30 wait for the plan");
    expect(texts[2]).toContain("2 outgoing");
    expect(texts[3]).toContain("3 stop work items");
    await user.click(button("Open License Details"));
    expect(navigation.hash).toBe("license-details");
  });

  it("draws changes by day and by week, and shows them as a table", async () => {
    const { user } = renderHub({ node: busyNode(), hash });
    expect(await screen.findByRole("img", { name: /^Changes per day, .*Incoming: .*Outgoing: / })).toBeTruthy();
    await user.click(screen.getByRole("tab", { name: "12 weeks" }));
    expect(screen.getByRole("img", { name: /^New pairs per week/ })).toBeTruthy();
    await user.click(button("Table: Changes per week"));
    const table = screen.getByRole("region", { name: "Changes per week, as a table" });
    expect(within(table).getAllByRole("row")).toHaveLength(13);
    await expectAccessible();
  });

  it("tells the speed in words and names the slowest connections", async () => {
    renderHub({ node: busyNode(), hash });
    const speed = await screen.findByRole("region", { name: "Speed" });
    expect(speed.textContent).toContain("Half within640 ms");
    expect(speed.textContent).toContain("99 % within18 s");
    expect(within(speed).getByRole("button", { name: "fabrikam to Adventure Works" })).toBeTruthy();
    expect(within(speed).getByRole("img", { name: /^Time until a change is written/ })).toBeTruthy();
  });

  it("leaves the steps alone when it can't be read, and tries again", async () => {
    const node = busyNode();
    node.refuseNext(/GET \/dashboard/, new Refusal(503, "busy", ""));
    const { user } = renderHub({ node, hash });
    expect(await screen.findByText("The node is busy.")).toBeTruthy();
    expect(screen.getByRole("list", { name: "Steps" })).toBeTruthy();
    await user.click(button("Retry"));
    expect(await screen.findByRole("list", { name: "Now" })).toBeTruthy();
  });
});

describe("the steps", () => {
  it("become one line once all are done, which can be opened", async () => {
    const { user } = renderHub({ node: new ReadyNode(), hash });
    expect(await screen.findByText("Everything is set up")).toBeTruthy();
    expect(screen.queryByRole("list", { name: "Steps" })).toBeNull();
    await user.click(await findButton("Show the steps"));
    expect(within(screen.getByRole("list", { name: "Steps" })).getAllByRole("listitem")).toHaveLength(5);
    await expectAccessible();
  });
});

describe("a latency", () => {
  it.each([
    [0, "0 ms"],
    [79.6, "80 ms"],
    [1_400, "1.4 s"],
    [42_000, "42 s"],
    [180_000, "3 min"],
    [3_600_000, "1 h"],
  ])("of %s ms is said as %s", (milliseconds, words) => {
    expect(formatLatency(milliseconds)).toBe(words);
  });
});
