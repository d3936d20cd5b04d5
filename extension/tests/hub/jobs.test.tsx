import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { describe, expect, it, vi } from "vitest";

import { fetchFrom } from "../../dev/fake-node/fake-fetch";
import { FakeNode } from "../../dev/fake-node/fake-node";
import { Refusal } from "../../dev/fake-node/messages";
import { HubApi, type Caller } from "../../src/common/api/hub-api";
import type { Job, JobKind } from "../../src/common/api/jobs-api";
import { SessionKeeper } from "../../src/common/api/session";
import { HubContext, type HubContextValue } from "../../src/hub/hub-context";
import { JobCard } from "../../src/hub/jobs/job-card";
import { useJobs } from "../../src/hub/jobs/use-jobs";
import { expectAccessible } from "../axe";
import { API_URL, button, fakeHost, findButton } from "../hub-page";

const BULK: readonly JobKind[] = ["bulk_exalate", "bulk_unexalate"];

function hubOf(node: FakeNode): HubContextValue {
  const keeper = new SessionKeeper(fetchFrom(node), API_URL, fakeHost(node.fabrikam), "hub");
  const call: Caller = (path, options) => keeper.call(path, options);
  return {
    api: new HubApi(call),
    call,
    node: node.fabrikam.node,
    organization: node.fabrikam.information,
    setOrganization: vi.fn(),
    contributionId: "a.b.c",
    go: vi.fn(),
    getAccessToken: () => Promise.resolve("access token"),
    onErrorsChanged: vi.fn(),
  };
}

function show(node: FakeNode, content: ReactNode) {
  render(<HubContext.Provider value={hubOf(node)}>{content}</HubContext.Provider>);
  return userEvent.setup({ delay: null });
}

function showJob(node: FakeNode, job: Job) {
  const onChanged = vi.fn();
  const user = show(node, <JobCard job={job} onChanged={onChanged} />);
  return { user, onChanged };
}

function outcomes(): string[] {
  const list = screen.getByRole("list", { name: "Work items by outcome" });
  return within(list)
    .getAllByRole("listitem")
    .map((item) => item.textContent);
}

function polls(node: FakeNode): number {
  return node.log.filter((line) => line === "GET /jobs/job-1").length;
}

describe("a job card", () => {
  it("shows how far the job is, by whom and what became of its work items", async () => {
    const node = new FakeNode();
    const job = node.jobs.add("bulk_exalate", { done: 1200, already: 3, failed: 2, started: 600, waiting: 8195 });
    showJob(node, job);
    const bar = screen.getByRole("progressbar", { name: "Progress of Bulk Exalate: all bugs" });
    expect(bar.getAttribute("aria-valuetext")).toBe("1,205 of 10,000");
    expect(outcomes()).toEqual(["1,200 done", "3 nothing to do", "2 failed", "600 under way", "8,195 waiting"]);
    expect(screen.getByText(/Started by Ada Admin/)).toBeTruthy();
    expect(screen.getByText("Running")).toBeTruthy();
    await expectAccessible();
  });

  it("goes on by itself and tells once that the job rests", async () => {
    const node = new FakeNode();
    const job = node.jobs.add("bulk_exalate", { waiting: 100 });
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      const { onChanged } = showJob(node, job);
      node.jobs.isMoving = true;
      await vi.advanceTimersByTimeAsync(8000);
      expect(screen.getByText("Finished")).toBeTruthy();
      expect(outcomes()).toEqual(["100 done"]);
      expect(onChanged).toHaveBeenCalledTimes(1);
      const seen = polls(node);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(polls(node)).toBe(seen);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is followed calmly while nothing moves, and quickly again once something does", async () => {
    const node = new FakeNode();
    const job = node.jobs.add("bulk_connect", { started: 3 });
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      showJob(node, job);
      await vi.advanceTimersByTimeAsync(20_000);
      const seen = polls(node);
      expect(seen).toBeLessThanOrEqual(11);
      await vi.advanceTimersByTimeAsync(120_000);
      expect(polls(node) - seen).toBeLessThanOrEqual(8);
      node.jobs.isMoving = true;
      await vi.advanceTimersByTimeAsync(15_000 + 8000);
      expect(screen.getByText("Finished")).toBeTruthy();
    } finally {
      vi.useRealTimers();
    }
  });

  it("asks nothing about a job that is over", () => {
    const node = new FakeNode();
    showJob(node, node.jobs.add("clean_up", { done: 3 }, { status: "finished" }));
    expect(node.log).toEqual([]);
    expect(screen.queryByRole("button", { name: "Pause" })).toBeNull();
    expect(screen.queryByRole("button", { name: "Cancel" })).toBeNull();
  });

  it("follows what a cancelled job had begun", async () => {
    const node = new FakeNode();
    const job = node.jobs.add("bulk_exalate", { started: 2, cancelled: 5 }, { status: "cancelled" });
    showJob(node, job);
    expect(screen.getByText("Cancelled, the rest goes on")).toBeTruthy();
    await waitFor(() => expect(polls(node)).toBeGreaterThan(0));
  });

  it("pauses and resumes", async () => {
    const node = new FakeNode();
    const { user, onChanged } = showJob(node, node.jobs.add("bulk_exalate", { waiting: 10 }));
    await user.click(button("Pause"));
    await user.click(await findButton("Resume"));
    await findButton("Pause");
    expect(node.log).toContain("POST /jobs/job-1/pause");
    expect(node.log).toContain("POST /jobs/job-1/resume");
    expect(onChanged).toHaveBeenCalledTimes(2);
  });

  it("cancels only after a question, and says what that means", async () => {
    const node = new FakeNode();
    const { user } = showJob(node, node.jobs.add("bulk_exalate", { done: 4, waiting: 10 }));
    await user.click(button("Cancel"));
    const dialog = screen.getByRole("dialog", { name: "Cancel this job?" });
    expect(within(dialog).getByText(/What it has done stays done/)).toBeTruthy();
    await expectAccessible();
    await user.click(button("Go on with it"));
    expect(node.log).not.toContain("POST /jobs/job-1/cancel");
    await user.click(button("Cancel"));
    await user.click(button("Cancel the job"));
    expect(await screen.findByText("Cancelled")).toBeTruthy();
    expect(outcomes()).toEqual(["4 done", "10 cancelled"]);
  });

  it("says why a step is refused", async () => {
    const node = new FakeNode();
    const { user } = showJob(node, node.jobs.add("bulk_exalate", { waiting: 10 }));
    node.refuseNext(/pause/, new Refusal(409, "state", "“Bulk” is finished already."));
    await user.click(button("Pause"));
    expect((await screen.findByRole("alert")).textContent).toContain("finished already");
    node.refuseNext(/cancel/, new Refusal(409, "state", "“Bulk” is finished already."));
    await user.click(button("Cancel"));
    await user.click(button("Cancel the job"));
    expect((await within(screen.getByRole("dialog")).findByRole("alert")).textContent).toContain("finished already");
  });

  it("says why a job failed and that nothing was begun", async () => {
    const node = new FakeNode();
    const job = node.jobs.add(
      "bulk_exalate",
      {},
      { status: "failed", is_listed: false, error_code: "query_refused", error_message: "TF51005: no such field." },
    );
    showJob(node, job);
    expect(screen.getByText("TF51005: no such field.")).toBeTruthy();
    expect(screen.getByText("Nothing was begun.")).toBeTruthy();
    expect(screen.queryByRole("progressbar")).toBeNull();
    expect(screen.queryByRole("button", { name: "Download result" })).toBeNull();
    await expectAccessible();
  });

  it("says what a job waits for and when it is tried again", () => {
    const node = new FakeNode();
    const job = node.jobs.add(
      "bulk_exalate",
      { waiting: 5 },
      {
        status: "waiting",
        error_code: "connection_stopped",
        error_message: "Connection contoso is deactivated. This goes on by itself once it is activated.",
        retry_at: "2026-11-25T12:00:00Z",
      },
    );
    showJob(node, job);
    expect(screen.getByText(/goes on by itself/)).toBeTruthy();
    expect(screen.getByText(/tried again at/)).toBeTruthy();
    expect(button("Pause")).toBeTruthy();
  });

  it("says that there was nothing to do", () => {
    const node = new FakeNode();
    showJob(node, node.jobs.add("bulk_exalate", {}, { status: "finished" }));
    expect(screen.getByText("There was nothing to do.")).toBeTruthy();
  });

  it("counts while it does not know yet what there is to do", () => {
    const node = new FakeNode();
    showJob(node, node.jobs.add("bulk_exalate", {}, { is_listed: false }));
    expect(screen.getByText("Counting…")).toBeTruthy();
  });

  it("shows what failed page by page, with the reasons", async () => {
    const node = new FakeNode();
    const job = node.jobs.add("bulk_exalate", { done: 2, failed: 60 }, { status: "finished" });
    const { user } = showJob(node, job);
    expect(screen.getByText("Finished, some failed")).toBeTruthy();
    await user.click(button("Show what failed"));
    const panel = screen.getByRole("dialog", { name: job.title });
    expect(await within(panel).findByText("1 to 50 of 60 work items")).toBeTruthy();
    expect(within(panel).getAllByText(/is required in contoso/)).toHaveLength(50);
    await user.click(button("Next"));
    expect(await within(panel).findByText("51 to 60 of 60 work items")).toBeTruthy();
    await user.selectOptions(within(panel).getByLabelText("Outcome"), "done");
    expect(await within(panel).findByText("1 to 2 of 2 work items")).toBeTruthy();
    await expectAccessible();
    const link = within(panel).getByRole("link", { name: /1001/ });
    expect(link.getAttribute("href")).toBe(`${node.fabrikam.information.url}/_workitems/edit/1001`);
  });

  it("gives the result as a file", async () => {
    const node = new FakeNode();
    const { user } = showJob(node, node.jobs.add("bulk_exalate", { done: 2 }, { status: "finished" }));
    const save = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
    URL.createObjectURL = vi.fn(() => "blob:x");
    await user.click(button("Download result"));
    await waitFor(() => expect(save).toHaveBeenCalled());
    expect(node.log).toContain("GET /jobs/job-1/result");
    save.mockRestore();
  });
});

function List() {
  const { value } = useJobs(BULK, "c1");
  return <p>{value === null ? "none yet" : value.items.map((job) => job.status).join(" ")}</p>;
}

describe("a list of jobs", () => {
  it("asks for the kinds and the connection, quickly as long as one goes on", async () => {
    const node = new FakeNode();
    node.jobs.add("bulk_exalate", { waiting: 1 }, { connection_id: "c1" });
    node.jobs.add("bulk_exalate", { waiting: 1 }, { connection_id: "c2" });
    node.jobs.add("clean_up", { waiting: 1 }, { connection_id: "c1" });
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      show(node, <List />);
      await vi.advanceTimersByTimeAsync(5000);
      expect(screen.getByText("running")).toBeTruthy();
      const lists = (): number => node.log.filter((line) => line === "GET /jobs").length;
      expect(lists()).toBeGreaterThan(2);
      node.jobs.change("job-1", { status: "finished", counts: { done: 1 } });
      await vi.advanceTimersByTimeAsync(4000);
      const seen = lists();
      await vi.advanceTimersByTimeAsync(6000);
      expect(lists() - seen).toBeLessThan(2);
    } finally {
      vi.useRealTimers();
    }
  });
});
