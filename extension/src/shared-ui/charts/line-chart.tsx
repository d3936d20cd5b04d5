import { scaleTime } from "d3-scale";
import { area as areaShape, curveMonotoneX, line as lineShape } from "d3-shape";
import { useMemo, type ReactNode } from "react";

import { LabelAxis, ValueAxis } from "./axes";
import {
  momentsOf,
  seriesFigures,
  summarize,
  valueFormat,
  type Figures,
  type FormatValue,
  type Series,
} from "./chart-data";
import { ChartFrame, lookOf } from "./chart-frame";
import { formatPoint, tickFormat } from "./chart-times";
import { layOut, type PlotArea } from "./plot-area";
import { Probe } from "./probe";

const HEIGHT = 180;
const TICK_WIDTH = 90;
const DOT_DISTANCE = 14;

interface LineChartProps {
  readonly label: string;
  readonly series: readonly Series[];
  /** What is counted, in the plural: "events". "" for none. */
  readonly unit: string;
  /** How a value is written, in place of the number and the unit. */
  readonly formatValue?: FormatValue;
  /** In CSS pixels, the axes included. */
  readonly height?: number;
}

/** Numbers over time; a single series is filled down to 0. */
export function LineChart({ label, series, unit, formatValue, height = HEIGHT }: LineChartProps) {
  const format = valueFormat(unit, formatValue);
  const moments = useMemo(() => momentsOf(series), [series]);
  const figures = useMemo(() => seriesFigures(series, moments, formatPoint), [series, moments]);
  const draw = (width: number): ReactNode => (
    <Lines
      label={label}
      figures={figures}
      moments={moments}
      format={format}
      area={layOut(width, height, highestOf(figures), formatValue ?? plainNumber)}
      formatTick={formatValue ?? plainNumber}
    />
  );
  return <ChartFrame label={label} rowTitle="Time" figures={figures} format={format} draw={draw} />;
}

interface LinesProps {
  readonly label: string;
  readonly figures: Figures;
  readonly moments: readonly number[];
  readonly area: PlotArea;
  readonly format: FormatValue;
  readonly formatTick: FormatValue;
}

function Lines({ label, figures, moments, area, format, formatTick }: LinesProps) {
  const [first = 0] = moments;
  const last = moments.at(-1) ?? first;
  const time = scaleTime([first, last === first ? first + 1 : last], [area.left, area.right]);
  const places = moments.map((moment) => time(moment));
  const write = tickFormat(last - first);
  const ticks = first === last ? [new Date(first)] : time.ticks(Math.max(2, (area.right - area.left) / TICK_WIDTH));
  return (
    <div className="chart-picture">
      <svg role="img" aria-label={summarize(label, figures, format)} width={area.width} height={area.height}>
        <ValueAxis area={area} format={formatTick} />
        <LabelAxis area={area} labels={ticks.map((tick) => ({ at: time(tick), text: write(tick) }))} />
        {figures.columns.map(({ name, values }, index) => (
          <Line key={name} look={lookOf(index)} values={values} places={places} area={area} isFilled={figures.columns.length === 1} />
        ))}
      </svg>
      <Probe label={label} area={area} figures={figures} format={format} places={places} />
    </div>
  );
}

interface LineProps {
  readonly look: string;
  readonly values: readonly (number | null)[];
  readonly places: readonly number[];
  readonly area: PlotArea;
  readonly isFilled: boolean;
}

function Line({ look, values, places, area, isFilled }: LineProps) {
  const dots = values.flatMap((value, index) =>
    value === null ? [] : [[places[index] ?? 0, area.scale(value)] as [number, number]],
  );
  const isSparse = (area.right - area.left) / dots.length > DOT_DISTANCE;
  const shape = lineShape().curve(curveMonotoneX);
  const filled = areaShape().curve(curveMonotoneX).y0(area.scale(0));
  return (
    <g className={look}>
      {isFilled && <path className="chart-area" d={filled(dots) ?? undefined} />}
      <path className="chart-line" d={shape(dots) ?? undefined} />
      {isSparse && dots.map(([x, y]) => <circle key={x} className="chart-dot" cx={x} cy={y} r={2.5} />)}
    </g>
  );
}

function highestOf(figures: Figures): number {
  return Math.max(0, ...figures.columns.flatMap(({ values }) => values.map((value) => value ?? 0)));
}

function plainNumber(value: number): string {
  return value.toLocaleString(undefined, { notation: value >= 10_000 ? "compact" : "standard" });
}
