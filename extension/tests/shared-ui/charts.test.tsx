import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import { BarChart } from "../../src/shared-ui/charts/bar-chart";
import { momentsOf } from "../../src/shared-ui/charts/chart-data";
import { LineChart } from "../../src/shared-ui/charts/line-chart";
import { layOut } from "../../src/shared-ui/charts/plot-area";
import { expectAccessible } from "../axe";

const point = (minute: number, value: number) => ({ at: `2026-03-01T10:0${minute}:00Z`, value });
const SERIES = [
  { name: "Outgoing", points: [point(2, 7), point(0, 1), point(1, 4)] },
  { name: "Incoming", points: [point(1, 1234)] },
];
const BARS = [
  { label: "January", value: 30, parts: [{ name: "alpha", value: 10 }, { name: "beta", value: 20 }] },
  { label: "February", value: 5, parts: [{ name: "beta", value: 5 }] },
];

describe("a chart of lines", () => {
  it("says in words what it shows", async () => {
    render(<LineChart label="Depth" series={SERIES} unit="events" />);
    const name = screen.getByRole("img").getAttribute("aria-label");
    expect(name).toContain("Outgoing: lowest 1 events, highest 7 events, last 7 events.");
    expect(name).toContain("Incoming: lowest 1,234 events");
    await expectAccessible();
  });

  it("gives single figures to the keyboard", async () => {
    const user = userEvent.setup({ delay: null });
    render(<LineChart label="Depth" series={SERIES} unit="events" />);
    const probe = screen.getByRole("slider", { name: "Depth, single figures" });
    expect(probe.getAttribute("aria-valuetext")).toMatch(/Outgoing 7 events$/);
    probe.focus();
    await user.keyboard("{ArrowLeft}");
    expect(probe.getAttribute("aria-valuetext")).toMatch(/Outgoing 4 events, Incoming 1,234 events$/);
    await user.keyboard("{Home}{ArrowLeft}");
    expect(probe.getAttribute("aria-valuenow")).toBe("0");
    await expectAccessible();
  });

  it("is a table when somebody wants one", async () => {
    const user = userEvent.setup({ delay: null });
    render(<LineChart label="Depth" series={SERIES} unit="events" />);
    await user.click(screen.getByRole("button", { name: /Table/ }));
    const rows = within(screen.getByRole("table")).getAllByRole("row");
    expect(rows.map((row) => within(row).queryAllByRole("cell").map((cell) => cell.textContent))).toEqual([
      [],
      ["1 events", ""],
      ["4 events", "1,234 events"],
      ["7 events", ""],
    ]);
    expect(screen.queryByRole("img")).toBeNull();
    await expectAccessible();
  });

  it("writes values as it is told", () => {
    render(<LineChart label="Age" series={[SERIES[0]].flatMap((one) => one ?? [])} unit="" formatValue={(value) => `${value} min`} />);
    expect(screen.getByRole("img").getAttribute("aria-label")).toContain("last 7 min.");
  });

  it("says that there is nothing", async () => {
    render(<LineChart label="Depth" series={[{ name: "Outgoing", points: [] }]} unit="events" />);
    expect(screen.getByText("There are no figures for this time yet.")).toBeTruthy();
    await expectAccessible();
  });

  it("shows a single point", () => {
    const { container } = render(<LineChart label="Depth" series={[{ name: "Outgoing", points: [point(0, 0)] }]} unit="" />);
    expect(container.querySelectorAll("circle")).toHaveLength(1);
    expect(container.innerHTML).not.toContain("NaN");
  });
});

describe("a chart of bars", () => {
  it("stacks the parts of a bar up to its value", () => {
    const { container } = render(<BarChart label="Pairs" bars={BARS} unit="pairs" />);
    const heights = [...container.querySelectorAll("rect")].map((bar) => Number(bar.getAttribute("height")));
    const [alpha = 0, beta = 0, none, february = 0] = heights;
    expect(beta).toBeCloseTo(alpha * 2);
    expect(none).toBe(0);
    expect(february).toBeCloseTo(alpha / 2);
  });

  it("is accessible as a picture and as a table", async () => {
    const user = userEvent.setup({ delay: null });
    render(<BarChart label="Pairs" bars={BARS} unit="pairs" rowTitle="Month" />);
    await expectAccessible();
    await user.click(screen.getByRole("button", { name: /Table/ }));
    expect(screen.getByRole("columnheader", { name: "Month" })).toBeTruthy();
    expect(screen.getByRole("rowheader", { name: "February" })).toBeTruthy();
    await expectAccessible();
  });

  it("takes bars without parts", () => {
    render(<BarChart label="Pairs" bars={[{ label: "May", value: 3 }]} unit="pairs" />);
    expect(screen.getByRole("img").getAttribute("aria-label")).toContain("Pairs: lowest 3 pairs");
  });
});

describe("the room of a chart", () => {
  it("marks whole numbers where there are any", () => {
    expect(layOut(600, 180, 3, String).ticks.every(Number.isInteger)).toBe(true);
    expect(layOut(600, 180, 0.4, String).ticks.length).toBeGreaterThan(1);
  });

  it("keeps its scale when everything is 0", () => {
    const area = layOut(600, 180, 0, String);
    expect(area.scale(0)).toBe(area.bottom);
  });

  it("puts moments of all series in order, each once", () => {
    expect(momentsOf(SERIES)).toHaveLength(3);
  });
});
