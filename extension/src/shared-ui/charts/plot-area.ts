import { scaleLinear, type ScaleLinear } from "d3-scale";

import type { FormatValue } from "./chart-data";

const TOP = 10;
const BOTTOM = 24;
const END = 16;
const CHARACTER = 6.6;
const TICK_DISTANCE = 46;

/** Where in a picture the figures are, in CSS pixels from its upper left corner. */
export interface PlotArea {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly width: number;
  readonly height: number;
  readonly scale: ScaleLinear<number, number>;
  readonly ticks: readonly number[];
}

/** Makes room for the axes of figures from 0 to so much. */
export function layOut(width: number, height: number, highest: number, format: FormatValue): PlotArea {
  const bottom = height - BOTTOM;
  const count = Math.max(2, Math.floor((bottom - TOP) / TICK_DISTANCE));
  const scale = scaleLinear([0, highest > 0 ? highest : 1], [bottom, TOP]).nice(count);
  const ticks = wholeTicks(scale.ticks(count));
  const longest = Math.max(...ticks.map((tick) => format(tick).length));
  const left = Math.ceil(longest * CHARACTER) + 10;
  return { left, right: Math.max(left + 1, width - END), top: TOP, bottom, width, height, scale, ticks };
}

/** Halves of what is counted by ones only confuse. */
function wholeTicks(ticks: readonly number[]): readonly number[] {
  const whole = ticks.filter(Number.isInteger);
  return whole.length > 1 ? whole : ticks;
}
