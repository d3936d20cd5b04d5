import { useId, useState } from "react";

import { PRODUCT_NAME } from "../../common/product";
import { count } from "../../common/times";
import { Icon } from "../../shared-ui/components/icon";
import { TABS, type Tab } from "./tabs";

interface MenuProps {
  readonly current: Tab;
  /** How many errors are open; null while that is not known. */
  readonly errorCount: number | null;
  readonly onOpen: (tab: Tab) => void;
}

/** The eleven tabs; folded behind a button on narrow screens. */
export function Menu({ current, errorCount, onOpen }: MenuProps) {
  const [isUnfolded, setUnfolded] = useState(false);
  const badgeId = useId();
  const hasErrors = errorCount !== null && errorCount > 0;
  return (
    <nav className="side" aria-label={PRODUCT_NAME}>
      <button
        type="button"
        className="side-toggle button"
        aria-expanded={isUnfolded}
        aria-controls="side-list"
        onClick={() => setUnfolded(!isUnfolded)}
      >
        <Icon name="menu" />
        <span>{current.title}</span>
      </button>
      <ul id="side-list" className={isUnfolded ? "side-list unfolded" : "side-list"}>
        {TABS.map((tab) => (
          <li key={tab.key}>
            <a
              href={`#${tab.key}`}
              className="side-item"
              aria-current={tab.key === current.key ? "page" : undefined}
              aria-describedby={tab.key === "errors" && hasErrors ? badgeId : undefined}
              onClick={(event) => {
                event.preventDefault();
                setUnfolded(false);
                onOpen(tab);
              }}
            >
              {tab.title}
              {tab.key === "errors" && hasErrors && <Badge errorCount={errorCount} />}
            </a>
            {tab.key === "errors" && hasErrors && (
              <span id={badgeId} className="only-read">
                {count(errorCount, "open error")}
              </span>
            )}
          </li>
        ))}
      </ul>
    </nav>
  );
}

const MOST_SHOWN = 999;

/** The number of open errors; in words it stands beside the link. */
function Badge({ errorCount }: { readonly errorCount: number }) {
  return (
    <span className="menu-badge" aria-hidden="true">
      {errorCount > MOST_SHOWN ? `${MOST_SHOWN}+` : errorCount}
    </span>
  );
}
