import type { Figures, FormatValue } from "./chart-data";

interface ChartTableProps {
  readonly label: string;
  /** What the rows are: "Time". */
  readonly rowTitle: string;
  readonly figures: Figures;
  readonly format: FormatValue;
}

/** The same figures to read. */
export function ChartTable({ label, rowTitle, figures, format }: ChartTableProps) {
  return (
    <div className="chart-table" role="region" aria-label={`${label}, as a table`} tabIndex={0}>
      <table>
        <caption className="only-read">{label}</caption>
        <thead>
          <tr>
            <th scope="col">{rowTitle}</th>
            {figures.columns.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {figures.rows.map((row, index) => (
            <tr key={`${index} ${row}`}>
              <th scope="row">{row}</th>
              {figures.columns.map(({ name, values }) => {
                const value = values[index] ?? null;
                return <td key={name}>{value === null ? "" : format(value)}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
