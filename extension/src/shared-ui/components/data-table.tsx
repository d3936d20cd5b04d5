import type { ReactNode } from "react";

import { ColumnHeader } from "./column-header";

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  readonly render: (row: Row) => ReactNode;
  /** Whether the node sorts by it. */
  readonly isSortable?: boolean;
  /** Read out, not shown. */
  readonly isTitleHidden?: boolean;
  readonly className?: string;
}

export interface SortOrder {
  readonly column: string;
  readonly isDescending: boolean;
}

interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly order?: SortOrder;
  readonly onSort?: (order: SortOrder) => void;
  /** Whether what is shown is being read anew. */
  readonly isBusy?: boolean;
}

/** A list that the node sorts and cuts into pages. */
export function DataTable<Row>({ label, columns, rows, keyOf, order, onSort, isBusy = false }: DataTableProps<Row>) {
  const sortBy = (column: string): void =>
    onSort?.({ column, isDescending: order?.column === column && !order.isDescending });
  return (
    <div className="table-frame">
      <table className="list" role="table" aria-label={label} aria-busy={isBusy || undefined}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) =>
              column.isSortable === true ? (
                <ColumnHeader
                  key={column.key}
                  title={column.title}
                  order={order?.column !== column.key ? "none" : order.isDescending ? "descending" : "ascending"}
                  onSort={() => sortBy(column.key)}
                />
              ) : (
                <th key={column.key} role="columnheader">
                  <span className={column.isTitleHidden === true ? "only-read" : undefined}>{column.title}</span>
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={keyOf(row)} role="row">
              {columns.map((column) => (
                <td key={column.key} role="cell" data-title={column.isTitleHidden === true ? undefined : column.title} className={column.className}>
                  {column.render(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
