import { scaleBand, type ScaleBand } from "d3-scale";
import type { ReactNode } from "react";

import { LabelAxis, ValueAxis, type AxisLabel } from "./axes";
import { barFigures, summarize, valueFormat, type Bar, type Figures, type FormatValue } from "./chart-data";
import { ChartFrame, lookOf } from "./chart-frame";
import { layOut, type PlotArea } from "./plot-area";
import { Probe } from "./probe";

const HEIGHT = 180;
const LABEL_CHARACTER = 6.8;

interface BarChartProps {
  readonly label: string;
  /** From left to right, each label once. With `parts` a bar is stacked of them. */
  readonly bars: readonly Bar[];
  /** What is counted, in the plural: "pairs". "" for none. */
  readonly unit: string;
  /** How a value is written, in place of the number and the unit. */
  readonly formatValue?: FormatValue;
  /** In CSS pixels, the axes included. */
  readonly height?: number;
  /** What the bars are, as the head of the table's first column: "Month". */
  readonly rowTitle?: string;
}

/** Amounts side by side. */
export function BarChart({ label, bars, unit, formatValue, height = HEIGHT, rowTitle = "Name" }: BarChartProps) {
  const format = valueFormat(unit, formatValue);
  const figures = barFigures(bars, label);
  const highest = Math.max(0, ...bars.map(({ value }) => value));
  const formatTick = formatValue ?? ((value: number) => value.toLocaleString());
  const draw = (width: number): ReactNode => (
    <Bars
      label={label}
      figures={figures}
      area={layOut(width, height, highest, formatTick)}
      format={format}
      formatTick={formatTick}
    />
  );
  return <ChartFrame label={label} rowTitle={rowTitle} figures={figures} format={format} draw={draw} />;
}

interface BarsProps {
  readonly label: string;
  readonly figures: Figures;
  readonly area: PlotArea;
  readonly format: FormatValue;
  readonly formatTick: FormatValue;
}

function Bars({ label, figures, area, format, formatTick }: BarsProps) {
  const band = scaleBand(figures.rows, [area.left, area.right]).padding(0.25);
  const places = figures.rows.map((row) => (band(row) ?? 0) + band.bandwidth() / 2);
  return (
    <div className="chart-picture">
      <svg role="img" aria-label={summarize(label, figures, format)} width={area.width} height={area.height}>
        <ValueAxis area={area} format={formatTick} />
        <LabelAxis area={area} labels={fittingLabels(figures.rows, places, band)} />
        {figures.rows.map((row, index) => (
          <Stack key={row} figures={figures} row={index} left={band(row) ?? 0} width={band.bandwidth()} area={area} />
        ))}
      </svg>
      <Probe label={label} area={area} figures={figures} format={format} places={places} />
    </div>
  );
}

interface StackProps {
  readonly figures: Figures;
  readonly row: number;
  readonly left: number;
  readonly width: number;
  readonly area: PlotArea;
}

function Stack({ figures, row, left, width, area }: StackProps) {
  const values = figures.columns.map((column) => column.values[row] ?? 0);
  return (
    <g>
      {values.map((value, index) => {
        const below = values.slice(0, index).reduce((sum, part) => sum + part, 0);
        const top = area.scale(below + value);
        return (
          <rect
            key={figures.columns[index]?.name}
            className={`chart-bar ${lookOf(index)}`}
            x={left}
            y={top}
            width={width}
            height={area.scale(below) - top}
          />
        );
      })}
    </g>
  );
}

/** Every label, or every second, third... where they would overlap. */
function fittingLabels(rows: readonly string[], places: readonly number[], band: ScaleBand<string>): readonly AxisLabel[] {
  const longest = Math.max(0, ...rows.map((row) => row.length)) * LABEL_CHARACTER + 8;
  const step = Math.max(1, Math.ceil(longest / band.step()));
  return rows.flatMap((text, index) => (index % step === 0 ? [{ at: places[index] ?? 0, text }] : []));
}
