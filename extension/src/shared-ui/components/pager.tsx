import type { Paged } from "../hooks/use-pages";
import { Button } from "./button";

interface PagerProps {
  readonly paged: Pick<Paged<unknown>, "page" | "first" | "hasEarlier" | "earlier" | "later">;
  /** What the rows are, in the plural: "errors". */
  readonly noun: string;
}

/** Which rows of how many are shown, and the way to the others. */
export function Pager({ paged, noun }: PagerProps) {
  const { page, first, hasEarlier, earlier, later } = paged;
  if (page === null) return null;
  const last = first + page.items.length - 1;
  return (
    <nav className="row pager" aria-label={`Pages of ${noun}`}>
      <p role="status" className="quiet small">
        {page.items.length === 0
          ? `0 ${noun}`
          : `${first.toLocaleString()} to ${last.toLocaleString()} of ${page.total.toLocaleString()} ${noun}`}
      </p>
      <Button kind="subtle" isDisabled={!hasEarlier} onClick={earlier}>
        Previous
      </Button>
      <Button kind="subtle" isDisabled={page.next === null} onClick={later}>
        Next
      </Button>
    </nav>
  );
}
