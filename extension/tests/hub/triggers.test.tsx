import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeNode } from "../../dev/fake-node/fake-node";
import { Refusal } from "../../dev/fake-node/messages";
import { addSamples } from "../../dev/fake-node/samples";
import { expectAccessible } from "../axe";
import { button, findButton, renderHub } from "../hub-page";

const hash = "triggers";
const PARTNER = "[System.Tags] CONTAINS 'partner' AND [System.State] <> 'Closed'";

function nodeWithTriggers(): FakeNode {
  const node = new FakeNode();
  addSamples(node);
  node.triggers.addSamples(node.fabrikam);
  return node;
}

function nodeWithConnections(): FakeNode {
  const node = new FakeNode();
  addSamples(node);
  return node;
}

function field(name: string): HTMLElement {
  return screen.getByLabelText(name);
}

/** Waits for the panel, chooses the first connection and types a condition. */
async function type(user: ReturnType<typeof renderHub>["user"], condition: string): Promise<void> {
  await screen.findByLabelText("If");
  const choice = within(field("Then sync with")).getAllByRole("option")[1];
  if (choice === undefined) throw new Error("there is no connection to choose");
  await user.selectOptions(field("Then sync with"), choice);
  await user.click(field("If"));
  await user.paste(condition);
}

async function choose(user: ReturnType<typeof renderHub>["user"], item: string): Promise<void> {
  await user.click(await findButton(`More actions for ${PARTNER}`));
  await user.click(screen.getByRole("menuitem", { name: item }));
}

describe("Triggers", () => {
  it("say what they are for where there is none, and lead to the first one", async () => {
    const { navigation, user } = renderHub({ node: nodeWithConnections(), hash });
    expect(await screen.findByText("You do not have any trigger yet.")).toBeTruthy();
    expect(screen.getByText(/What is there already stays as it is/)).toBeTruthy();
    await expectAccessible();
    await user.click(button("Create a trigger"));
    expect(await screen.findByRole("dialog", { name: "Create trigger" })).toBeTruthy();
    expect(navigation.hash).toBe("triggers/new");
  });

  it("are listed with what they do and how it goes", async () => {
    renderHub({ node: nodeWithTriggers(), hash });
    const table = await screen.findByRole("table", { name: "Triggers" });
    const heads = within(table).getAllByRole("columnheader").map((cell) => cell.textContent);
    expect(heads).toEqual(["If", "Then sync with", "Notes", "Active", "Matches", "Last run", "Actions"]);
    const [, first, second, third] = within(table).getAllByRole("row");
    expect(first?.textContent).toContain("128");
    expect(first?.textContent).toContain("37 exalated by itself");
    expect(first?.textContent).toContain("2 minutes ago");
    expect(second?.textContent).toContain("Every Feature");
    expect(second?.textContent).toContain("Inactive");
    expect(second?.textContent).toContain("20,000 or more");
    expect(third?.textContent).toContain("Can’t look at what changed");
    await expectAccessible();
  });

  it("are narrowed down to those that are on or off", async () => {
    const { user } = renderHub({ node: nodeWithTriggers(), hash });
    await screen.findByText("Agreed with the partner in May");
    await user.selectOptions(field("Show"), "Inactive");
    await waitFor(() => expect(screen.queryByText("Agreed with the partner in May")).toBeNull());
    expect(screen.getByText("Every Feature")).toBeTruthy();
  });

  it("are made with a look at what matches", async () => {
    const { node, navigation, user } = renderHub({ node: nodeWithConnections(), hash: "triggers/new" });
    await type(user, "[System.Id] < 42");
    expect(await screen.findByText("42 work items match now.")).toBeTruthy();
    const matches = screen.getByRole("table", { name: "First matches" });
    expect(within(matches).getAllByRole("row")).toHaveLength(21);
    expect(screen.getByText("The first 20 are shown.")).toBeTruthy();
    await expectAccessible();
    await user.selectOptions(field("Work item type"), "Bug");
    await user.type(field("Notes"), "For the partner");
    await user.click(field("Activate trigger"));
    await screen.findByText("42 work items match now.");
    await user.click(button("Create"));
    expect(await screen.findByText("The trigger is created.")).toBeTruthy();
    expect(navigation.hash).toBe("triggers");
    const row = (await screen.findAllByRole("row"))[1];
    expect(row?.textContent).toContain("[System.Id] < 42");
    expect(row?.textContent).toContain("Type: Bug");
    expect(row?.textContent).toContain("Inactive");
    expect(node.log.filter((line) => line === "POST /triggers")).toHaveLength(1);
  });

  it.each([
    ["[System.Id] > 1 ORDER BY [System.Id]", "ORDER BY at character 17"],
    ["[Nonsense] = 1", "TF51005"],
    ["slow", "took too long"],
  ])("tell at the field what is wrong with %s", async (condition, words) => {
    const { node, user } = renderHub({ node: nodeWithConnections(), hash: "triggers/new" });
    await type(user, condition);
    expect(await screen.findByText(new RegExp(words))).toBeTruthy();
    expect(field("If").getAttribute("aria-invalid")).toBe("true");
    expect(button("Create").getAttribute("aria-disabled")).toBe("true");
    await expectAccessible();
    await user.click(button("Create"));
    expect(node.log).not.toContain("POST /triggers");
    await user.clear(field("If"));
    await user.type(field("If"), "7");
    expect(await screen.findByText("7 work items match now.")).toBeTruthy();
    expect(field("If").getAttribute("aria-invalid")).toBe("false");
  });

  it("may match more than can be counted", async () => {
    const { user } = renderHub({ node: nodeWithConnections(), hash: "triggers/new" });
    await type(user, "[System.Id] < 20000");
    expect(await screen.findByText("20,000 work items or more match now.")).toBeTruthy();
    await user.clear(field("If"));
    await user.type(field("If"), "uncounted");
    expect(await screen.findByText(/can't be counted/)).toBeTruthy();
    expect(button("Create").getAttribute("aria-disabled")).toBeNull();
  });

  it("ask the node once a person pauses, not at every key", async () => {
    const { node, user } = renderHub({ node: nodeWithConnections(), hash: "triggers/new" });
    await type(user, "");
    await user.type(field("If"), "12 and more");
    await screen.findByText("12 work items match now.");
    expect(node.log.filter((line) => line === "POST /triggers/preview")).toHaveLength(1);
  });

  it("keep what was typed until a person discards it", async () => {
    const { navigation, user } = renderHub({ node: nodeWithConnections(), hash: "triggers/new" });
    await type(user, "7");
    await user.keyboard("{Escape}");
    expect(await screen.findByText("Discard what you entered?")).toBeTruthy();
    await user.click(button("Keep editing"));
    expect((field("If") as HTMLTextAreaElement).value).toBe("7");
    await user.click(button("Cancel"));
    await user.click(button("Discard"));
    await waitFor(() => expect(navigation.hash).toBe("triggers"));
  });

  it("take the connection that another page names", async () => {
    const node = nodeWithConnections();
    const wanted = node.fabrikam.connections[1];
    renderHub({ node, hash: `triggers/new/${wanted?.id ?? ""}` });
    await screen.findByLabelText("If");
    expect((field("Then sync with") as HTMLSelectElement).value).toBe(wanted?.id);
  });

  it("lead to a connection first where there is none", async () => {
    renderHub({ hash: "triggers/new" });
    expect(await screen.findByText(/A trigger needs a connection/)).toBeTruthy();
    await expectAccessible();
  });

  it("are changed, by what was changed alone", async () => {
    const { node, user } = renderHub({ node: nodeWithTriggers(), hash });
    await user.click(await findButton(PARTNER));
    await screen.findByRole("dialog", { name: "Edit trigger" });
    await user.clear(field("Notes"));
    await user.type(field("Notes"), "Renewed");
    await user.click(button("Save"));
    expect(await screen.findByText("The trigger is saved.")).toBeTruthy();
    expect(await screen.findByText("Renewed")).toBeTruthy();
    expect(node.log).toContain("PATCH /triggers/trigger-1");
  });

  it("show what somebody else changed meanwhile, and let a person decide", async () => {
    const { node, user } = renderHub({ node: nodeWithTriggers(), hash });
    await user.click(await findButton(PARTNER));
    await screen.findByLabelText("Notes");
    node.triggers.change(node.fabrikam, { notes: "Theirs" });
    await user.type(field("Notes"), ", renewed");
    await user.click(button("Save"));
    expect(await screen.findByText(/Somebody else changed this trigger/)).toBeTruthy();
    await expectAccessible();
    await user.click(button("Keep mine"));
    await user.click(button("Save"));
    expect(await screen.findByText("Agreed with the partner in May, renewed")).toBeTruthy();
  });

  it("are switched off after a question, and on at once", async () => {
    const { user } = renderHub({ node: nodeWithTriggers(), hash });
    await choose(user, "Deactivate");
    expect(screen.getByText(/is not looked at, also not later/)).toBeTruthy();
    await expectAccessible();
    await user.click(button("Deactivate"));
    expect(await screen.findByText("The trigger is inactive.")).toBeTruthy();
    await choose(user, "Activate");
    expect(await screen.findByText("The trigger is active.")).toBeTruthy();
  });

  it("are deleted after a question, as somebody else left them", async () => {
    const { node, user } = renderHub({ node: nodeWithTriggers(), hash });
    await choose(user, "Delete");
    node.triggers.change(node.fabrikam, { notes: "Changed" });
    await user.click(button("Delete"));
    expect(await screen.findByText(/Somebody else changed this trigger meanwhile/)).toBeTruthy();
    await user.click(button("Delete"));
    expect(await screen.findByText("The trigger is deleted.")).toBeTruthy();
    await waitFor(() => expect(screen.queryByText(PARTNER)).toBeNull());
  });

  it("begin Bulk Exalate with the count as it is now, and show how far it is", async () => {
    const { user } = renderHub({ node: nodeWithTriggers(), hash });
    await choose(user, "Bulk Exalate");
    expect(await screen.findByText("128 work items match now.")).toBeTruthy();
    await expectAccessible();
    await user.click(button("Bulk Exalate"));
    expect(await screen.findByText("It has begun; see below.")).toBeTruthy();
    const work = await screen.findByRole("region", { name: "Bulk work" });
    expect(within(work).getByText(`Bulk Exalate: ${PARTNER}`)).toBeTruthy();
    expect(within(work).getByRole("progressbar")).toBeTruthy();
    await expectAccessible();
  });

  it("warn before Bulk Unexalate that an active trigger brings them back", async () => {
    const { node, user } = renderHub({ node: nodeWithTriggers(), hash });
    await choose(user, "Bulk Unexalate");
    expect(await screen.findByText("128 work items match now.")).toBeTruthy();
    expect(screen.getByText(/comes under sync again with its next change/)).toBeTruthy();
    await user.click(button("Bulk Unexalate"));
    await waitFor(() => expect(node.log).toContain("POST /triggers/trigger-1/bulk-unexalate"));
  });

  it("tell why bulk work can not begin", async () => {
    const { node, user } = renderHub({ node: nodeWithTriggers(), hash });
    await choose(user, "Bulk Exalate");
    await screen.findByText("128 work items match now.");
    node.refuseNext(/bulk-exalate/, new Refusal(409, "state", "Connection x is deactivated."));
    await user.click(button("Bulk Exalate"));
    expect(await screen.findByText("Connection x is deactivated.")).toBeTruthy();
  });

  it("say that one is gone", async () => {
    renderHub({ node: nodeWithTriggers(), hash: "triggers/gone" });
    expect(await screen.findByText("This trigger does not exist any more.")).toBeTruthy();
  });

  it("tell who lost the right what to ask for", async () => {
    const node = new FakeNode();
    const refusal = new Refusal(403, "administrator_required", "", { right: "Edit collection-level information", grantor: "Ada" });
    node.refuseNext(/GET \/triggers$/, refusal);
    renderHub({ node, hash });
    expect(await screen.findByText(/Edit collection-level information/)).toBeTruthy();
  });

  it("are read again after a failure", async () => {
    const node = nodeWithTriggers();
    node.refuseNext(/GET \/triggers$/, new Refusal(503, "busy", ""));
    const { user } = renderHub({ node, hash });
    expect(await screen.findByText("The node is busy.")).toBeTruthy();
    await user.click(button("Retry"));
    expect(await screen.findByRole("table", { name: "Triggers" })).toBeTruthy();
  });
});
