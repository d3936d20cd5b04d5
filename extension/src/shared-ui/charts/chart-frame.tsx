import { useState, type ReactNode } from "react";

import { Button } from "../components/button";
import { LOOKS, type Figures, type FormatValue } from "./chart-data";
import { ChartTable } from "./chart-table";
import { useWidth } from "./use-width";

interface ChartFrameProps {
  readonly label: string;
  readonly rowTitle: string;
  readonly figures: Figures;
  readonly format: FormatValue;
  /** Draws the figures into a picture that is so many CSS pixels wide. */
  readonly draw: (width: number) => ReactNode;
}

/** Around every chart: its name, what the looks mean, and the same figures as a table. */
export function ChartFrame({ label, rowTitle, figures, format, draw }: ChartFrameProps) {
  const [element, width] = useWidth();
  const [isTable, setTable] = useState(false);
  const isEmpty = figures.rows.length === 0;
  return (
    <figure className="chart" aria-label={label}>
      <div className="chart-head">
        <figcaption>
          <h3>{label}</h3>
        </figcaption>
        {!isEmpty && (
          <Button kind="link" isPressed={isTable} onClick={() => setTable(!isTable)}>
            <span className="small">
              Table<span className="only-read">: {label}</span>
            </span>
          </Button>
        )}
      </div>
      {figures.columns.length > 1 && !isEmpty && <Legend names={figures.columns.map(({ name }) => name)} />}
      <div ref={element} className="chart-body">
        {isEmpty && <p className="quiet chart-nothing">There are no figures for this time yet.</p>}
        {!isEmpty && isTable && <ChartTable label={label} rowTitle={rowTitle} figures={figures} format={format} />}
        {!isEmpty && !isTable && draw(width)}
      </div>
    </figure>
  );
}

function Legend({ names }: { readonly names: readonly string[] }) {
  return (
    <ul className="chart-legend">
      {names.map((name, index) => (
        <li key={name} className={lookOf(index)}>
          <svg width="22" height="10" aria-hidden="true" focusable="false">
            <line className="chart-line" x1="1" x2="21" y1="5" y2="5" />
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}

/** The class of the nth line or part of a bar: its color and its dashes. */
export function lookOf(index: number): string {
  return `chart-look-${(index % LOOKS) + 1}`;
}
