import { describe, expect, it } from "vitest";

import { isDark } from "../../src/common/host/color-scheme";
import { count, daysUntil, formatAgo, formatLeft, formatMoment } from "../../src/common/times";

const now = Date.parse("2026-11-25T12:00:00Z");
const before = (seconds: number): string => new Date(now - seconds * 1000).toISOString();

describe("times", () => {
  it.each([
    [5, "just now"],
    [-20, "just now"],
    [60, "1 minute ago"],
    [3_599, "59 minutes ago"],
    [7_200, "2 hours ago"],
    [3 * 86_400, "3 days ago"],
  ])("%i seconds back are %s", (seconds, words) => {
    expect(formatAgo(before(seconds), now)).toBe(words);
  });

  it("long ago is a date", () => {
    const iso = before(90 * 86_400);
    expect(formatAgo(iso, now)).toBe(formatMoment(iso));
  });

  it("that never came say so", () => {
    expect(formatAgo(null, now)).toBe("never");
  });

  it.each([
    [-72 * 3_600, "72 hours"],
    [-71.99 * 3_600, "72 hours"],
    [-90, "1 minute"],
    [-6 * 86_400, "6 days"],
    [1, null],
  ])("left until %i are %s", (seconds, words) => {
    expect(formatLeft(before(seconds), now)).toBe(words);
  });

  it("that can't be read are shown as they came", () => {
    expect(formatMoment("soon")).toBe("soon");
  });

  it("count days down", () => {
    expect(daysUntil(before(-13.5 * 86_400), now)).toBe(13);
  });
});

describe("amounts", () => {
  it("agree with their noun", () => {
    expect([count(0, "item"), count(1, "item"), count(2, "item")]).toEqual(["0 items", "1 item", "2 items"]);
  });
});

describe("a theme", () => {
  it("is dark by its background", () => {
    expect([isDark("rgb(32, 31, 30)"), isDark("rgba(248, 248, 248, 1)")]).toEqual([true, false]);
  });
});
