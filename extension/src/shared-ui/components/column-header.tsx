import { Icon } from "./icon";

interface ColumnHeaderProps {
  readonly title: string;
  readonly order: "ascending" | "descending" | "none";
  readonly onSort: () => void;
}

/** The head of a column that sorts the list. */
export function ColumnHeader({ title, order, onSort }: ColumnHeaderProps) {
  return (
    <th role="columnheader" aria-sort={order}>
      <button type="button" className={`column ${order}`} onClick={onSort}>
        {title}
        {order !== "none" && <Icon name="descending" />}
      </button>
    </th>
  );
}
