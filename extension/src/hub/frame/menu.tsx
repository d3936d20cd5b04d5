import { useState } from "react";

import { PRODUCT_NAME } from "../../common/product";
import { Icon } from "../../shared-ui/components/icon";
import { TABS, type Tab } from "./tabs";

interface MenuProps {
  readonly current: Tab;
  readonly onOpen: (tab: Tab) => void;
}

/** The eleven tabs; folded behind a button on narrow screens. */
export function Menu({ current, onOpen }: MenuProps) {
  const [isUnfolded, setUnfolded] = useState(false);
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
              onClick={(event) => {
                event.preventDefault();
                setUnfolded(false);
                onOpen(tab);
              }}
            >
              {tab.title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
