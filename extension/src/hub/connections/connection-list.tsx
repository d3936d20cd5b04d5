import { useDeferredValue, useMemo, useState } from "react";

import type { Connection } from "../../common/api/types";
import { count } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { ColumnHeader } from "../../shared-ui/components/column-header";
import { EmptyState } from "../../shared-ui/components/empty-state";
import { useNow } from "../../shared-ui/hooks/use-now";
import { ConnectionFilter } from "./connection-filter";
import { ConnectionRow } from "./connection-row";
import { arrangeRows, type Column, type Filter, type Order } from "./connection-rows";
import type { ChosenAction } from "../connection-actions/connection-action-dialogs";

const COLUMNS: readonly { readonly column: Column; readonly title: string }[] = [
  { column: "status", title: "Status" },
  { column: "name", title: "Name" },
  { column: "destination", title: "Destination" },
  { column: "type", title: "Type" },
  { column: "mode", title: "Mode" },
  { column: "project", title: "Project" },
  { column: "under_sync", title: "Under sync" },
  { column: "errors", title: "Errors" },
  { column: "last_contact", title: "Last contact" },
];

const EVERYTHING: Filter = { text: "", status: "all" };

interface ConnectionListProps {
  readonly rows: readonly Connection[];
  readonly onOpen: (connection: Connection) => void;
  readonly onAction: (action: ChosenAction) => void;
  readonly onProposals: (connection: Connection) => void;
}

/** The connections, to be sorted and narrowed down. */
export function ConnectionList({ rows, ...deeds }: ConnectionListProps) {
  const [filter, setFilter] = useState(EVERYTHING);
  const [order, setOrder] = useState<Order>({ column: "name", isDescending: false });
  // Typing stays quick with hundreds of rows.
  const shownFilter = useDeferredValue(filter);
  const shown = useMemo(() => arrangeRows(rows, shownFilter, order), [rows, shownFilter, order]);
  const now = useNow();
  const sortBy = (column: Column): void =>
    setOrder({ column, isDescending: order.column === column && !order.isDescending });
  return (
    <div className="card connections">
      <ConnectionFilter filter={filter} onChange={setFilter} />
      <p role="status" className="quiet small">
        {shown.length === rows.length
          ? count(rows.length, "connection")
          : `${shown.length} of ${count(rows.length, "connection")}`}
      </p>
      {shown.length === 0 ? (
        <EmptyState title="No connection matches.">
          <Button onClick={() => setFilter(EVERYTHING)}>Clear the filter</Button>
        </EmptyState>
      ) : (
        <table className="list" role="table" aria-label="Connections">
          <thead role="rowgroup">
            <tr role="row">
              {COLUMNS.map(({ column, title }) => (
                <ColumnHeader
                  key={column}
                  title={title}
                  order={order.column === column ? (order.isDescending ? "descending" : "ascending") : "none"}
                  onSort={() => sortBy(column)}
                />
              ))}
              <th role="columnheader">
                <span className="only-read">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            {shown.map((row) => (
              <ConnectionRow key={row.id} connection={row} now={now} {...deeds} />
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
