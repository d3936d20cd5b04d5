import type { Connection } from "../../common/api/types";
import { describeDestination, describeMode, describeStatus, describeType } from "./connection-status";

export type Column =
  | "status"
  | "name"
  | "destination"
  | "type"
  | "mode"
  | "project"
  | "under_sync"
  | "errors"
  | "last_contact";

export interface Order {
  readonly column: Column;
  readonly isDescending: boolean;
}

export type StatusFilter = Connection["status"] | "all";

export interface Filter {
  readonly text: string;
  readonly status: StatusFilter;
}

const VALUES: Readonly<Record<Column, (row: Connection) => string | number>> = {
  status: (row) => describeStatus(row).word,
  name: (row) => row.name,
  destination: describeDestination,
  type: (row) => describeType(row.visibility),
  mode: (row) => describeMode(row.mode),
  project: (row) => row.project,
  under_sync: (row) => row.under_sync,
  errors: (row) => row.errors,
  last_contact: (row) => (row.last_contact_at === null ? 0 : Date.parse(row.last_contact_at)),
};

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** The rows that match, in order; equal ones by name, so that nothing jumps when the list is read again. */
export function arrangeRows(rows: readonly Connection[], filter: Filter, order: Order): readonly Connection[] {
  const wanted = filter.text.trim().toLocaleLowerCase();
  const found = rows.filter(
    (row) => (filter.status === "all" || row.status === filter.status) && (wanted === "" || matches(row, wanted)),
  );
  const direction = order.isDescending ? -1 : 1;
  return found.sort((a, b) => direction * compare(a, b, order.column) || compare(a, b, "name") || (a.id < b.id ? -1 : 1));
}

function matches(row: Connection, wanted: string): boolean {
  return [row.name, row.description, describeDestination(row), row.project, row.remote?.node_url ?? ""].some((text) =>
    text.toLocaleLowerCase().includes(wanted),
  );
}

function compare(a: Connection, b: Connection, column: Column): number {
  const [left, right] = [VALUES[column](a), VALUES[column](b)];
  if (typeof left === "number" && typeof right === "number") return left - right;
  return collator.compare(String(left), String(right));
}

/** The new rows, but the same object for each one that did not change, so that only changed rows are drawn anew. */
export function keepSame(known: readonly Connection[], arrived: readonly Connection[]): readonly Connection[] {
  const byId = new Map(known.map((row) => [row.id, row]));
  const rows = arrived.map((row) => {
    const same = byId.get(row.id);
    return same !== undefined && (same === row || JSON.stringify(same) === JSON.stringify(row)) ? same : row;
  });
  const isSame = rows.length === known.length && rows.every((row, index) => row === known[index]);
  return isSame ? known : rows;
}
