import type { FormatValue } from "./chart-data";
import type { PlotArea } from "./plot-area";

/** The lines behind the figures, with their values. */
export function ValueAxis({ area, format }: { readonly area: PlotArea; readonly format: FormatValue }) {
  return (
    <g>
      {area.ticks.map((tick) => (
        <g key={tick} transform={`translate(0,${area.scale(tick)})`}>
          <line className="chart-grid" x1={area.left} x2={area.right} />
          <text className="chart-tick" x={area.left - 8} dy="0.32em" textAnchor="end">
            {format(tick)}
          </text>
        </g>
      ))}
    </g>
  );
}

export interface AxisLabel {
  readonly at: number;
  readonly text: string;
}

/** What stands below the figures. */
export function LabelAxis({ area, labels }: { readonly area: PlotArea; readonly labels: readonly AxisLabel[] }) {
  return (
    <g>
      {labels.map(({ at, text }) => (
        <text key={at} className="chart-tick" x={at} y={area.bottom + 17} textAnchor={anchorAt(at, area)}>
          {text}
        </text>
      ))}
    </g>
  );
}

/** Labels at the edges stay inside of the picture. */
function anchorAt(at: number, area: PlotArea): "start" | "middle" | "end" {
  if (at > area.right - 16) return "end";
  return at < 30 ? "start" : "middle";
}
