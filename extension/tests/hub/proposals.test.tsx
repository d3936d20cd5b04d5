import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeNode } from "../../dev/fake-node/fake-node";
import { addSamples } from "../../dev/fake-node/samples";
import type { Connection } from "../../src/common/api/types";
import { expectAccessible } from "../axe";
import { button, findButton, renderHub } from "../hub-page";

const ADVENTURE = "fabrikam to Adventure Works";

function prepare(hash = "connections/proposals") {
  const node = new FakeNode();
  addSamples(node);
  const connection = node.fabrikam.connections.find(({ name }) => name === ADVENTURE) as Connection;
  node.proposals.addSamples(node.fabrikam, connection);
  return { ...renderHub({ node, hash }), connection };
}

const table = (name: string): HTMLElement => screen.getByRole("table", { name });

describe("Proposals", () => {
  it("are counted in the menu, in the view's tab and in the row, which leads there", async () => {
    const { navigation, user, connection } = prepare("connections");
    expect(await screen.findByText("3 open proposals")).toBeTruthy();
    expect(screen.getByRole("tab", { name: "Proposals3" })).toBeTruthy();
    await user.click(await findButton("3 proposals to decide"));
    expect(navigation.hash).toBe(`connections/proposals/${connection.id}`);
  });

  it("lists what is open, of both sides, without a title of this side", async () => {
    prepare();
    await screen.findByText("1 to 4 of 4 proposals");
    expect(within(table("Proposals")).getAllByText("Waits for your yes")).toHaveLength(3);
    expect(within(table("Proposals")).getAllByText("Waits for the partner's yes")).toHaveLength(1);
    expect(screen.queryByText("Login fails after the update")).toBeNull();
    await expectAccessible();
  });

  it("narrows down by who asked and by status, and says when there is nothing", async () => {
    const { user } = prepare();
    await screen.findByText("1 to 4 of 4 proposals");
    await user.selectOptions(screen.getByLabelText("Asked by"), "outgoing");
    await screen.findByText("1 to 1 of 1 proposals");
    await user.selectOptions(screen.getByLabelText("Status"), "declined");
    expect(await screen.findByText("No proposal.")).toBeTruthy();
    await expectAccessible();
  });

  it("shows both titles side by side, accepts, and counts one less", async () => {
    const { user, node, connection } = prepare();
    await user.click((await screen.findAllByRole("button", { name: "Work item 12 and 901 of the partner" }))[0] as HTMLElement);
    const pairs = within(await screen.findByRole("table", { name: "Pairs" }));
    expect(pairs.getByText("Login fails after the update")).toBeTruthy();
    expect(pairs.getByText("Can't sign in since Tuesday")).toBeTruthy();
    expect(
      screen.getByText(
        "Title, description and type of the partner stand on both sides. The comments and attachments that are there travel to the other side.",
      ),
    ).toBeTruthy();
    await expectAccessible();
    await user.click(button("Accept"));
    expect(await screen.findByText("1 pair accepted.")).toBeTruthy();
    expect(node.fabrikam.find(connection.id)?.proposals).toBe(2);
    expect(await screen.findByText("2 open proposals")).toBeTruthy();
  });

  it("declines with a note that the partner is told", async () => {
    const { user, node } = prepare();
    await user.click((await screen.findAllByRole("button", { name: "Work item 12 and 901 of the partner" }))[0] as HTMLElement);
    await user.click(await findButton("Decline"));
    const dialog = within(await screen.findByRole("dialog", { name: "Decline?" }));
    await user.type(dialog.getByLabelText("Note for the partner (optional)"), "Not ours to share.");
    await expectAccessible();
    await user.click(dialog.getByRole("button", { name: "Decline" }));
    expect(await screen.findByText("1 pair declined.")).toBeTruthy();
    expect(node.proposals.notes).toEqual(["Not ours to share."]);
  });

  it("decides single rows of many, page by page, and tells why one stayed open", async () => {
    const { user, node } = prepare();
    node.proposals.obstacles.set("101", "Work item 101 is under sync over this connection already.");
    await user.click(await findButton("60 pairs"));
    expect(await screen.findByText("1 to 50 of 60 pairs")).toBeTruthy();
    await user.click(button("Accept 100"));
    expect(await screen.findByText("1 pair accepted.")).toBeTruthy();
    await waitFor(() => expect(screen.queryByRole("button", { name: "Accept 100" })).toBeNull());
    await user.click(button("Accept all"));
    const left = "58 pairs accepted. 1 pair stayed open: Work item 101 is under sync over this connection already.";
    expect(await screen.findByText(left)).toBeTruthy();
    await user.click(button("Accept 101"));
    expect(await screen.findByText("Work item 101 is under sync over this connection already.")).toBeTruthy();
  });

  it("takes back what this side asked for", async () => {
    const { user } = prepare();
    await user.selectOptions(await screen.findByLabelText("Asked by"), "outgoing");
    await screen.findByText("1 to 1 of 1 proposals");
    await user.click(await findButton("Work item 12 and 901 of the partner"));
    await user.click(await findButton("Take back"));
    expect(await screen.findByText("1 pair taken back.")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Accept" })).toBeNull();
  });

  it("has this side decide on known counterparts first, all or one by one", async () => {
    const { user, node, connection } = prepare();
    const rows = ["12", "13", "14"].map((id) => ({
      status: "held" as const,
      local: { id, url: "", title: `Ours ${id}`, type: "Bug", project: "Alpha" },
    }));
    const wish = { direction: "outgoing", kind: "rejoin", status: "held", content: "both" } as const;
    node.proposals.add(node.fabrikam, connection, wish, rows);
    await user.click(await findButton("3 pairs"));
    const pairs = within(await screen.findByRole("table", { name: "Pairs" }));
    expect(pairs.getAllByText("Waits for a decision here")).toHaveLength(3);
    await expectAccessible();
    await user.click(button("Make new for 12"));
    expect(await screen.findByText("1 pair begun with a new work item.")).toBeTruthy();
    await user.click(button("Connect all again"));
    expect(await screen.findByText("2 pairs proposed to the partner.")).toBeTruthy();
    expect(node.log.filter((line) => /separate|\/connect$/.test(line))).toHaveLength(2);
  });

  it("accepts all of a connection after asking", async () => {
    const { user, node, connection } = prepare();
    await user.selectOptions(await screen.findByLabelText("Connection"), ADVENTURE);
    await user.click(await findButton("Accept all"));
    const dialog = within(await screen.findByRole("dialog", { name: "Accept all that is open?" }));
    expect(node.fabrikam.find(connection.id)?.proposals).toBe(3);
    await user.click(dialog.getByRole("button", { name: "Accept all" }));
    expect(await screen.findByText("62 pairs accepted.")).toBeTruthy();
    expect(node.fabrikam.find(connection.id)?.proposals).toBe(0);
  });
});

describe("Consent of a connection", () => {
  it("is asked for by default, and a condition is stored", async () => {
    const { user, node, connection } = prepare("connections");
    await user.click(await findButton(ADVENTURE));
    const which = await screen.findByLabelText<HTMLSelectElement>("Which");
    expect(which.value).toBe("ask");
    await user.selectOptions(which, "query");
    await user.click(button("Save"));
    expect(await screen.findByText("Type a condition, as in WIQL after WHERE.")).toBeTruthy();
    await user.type(screen.getByLabelText("If"), "[[System.Tags] CONTAINS 'shared'");
    await user.selectOptions(screen.getByLabelText("Connect"), "administrators");
    await expectAccessible();
    await user.click(button("Save"));
    await screen.findByText("Saved");
    expect(node.fabrikam.find(connection.id)).toMatchObject({
      consent: "query",
      consent_query: "[System.Tags] CONTAINS 'shared'",
      panel: { exalate: "contributors", connect: "administrators", unexalate: "contributors" },
    });
  });
});
