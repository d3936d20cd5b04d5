import { useId, useState } from "react";

import { PRODUCT_NAME } from "../../common/product";
import { count } from "../../common/times";
import { Icon } from "../../shared-ui/components/icon";
import { TABS, type Tab } from "./tabs";

export interface MenuBadge {
  readonly amount: number;
  /** What is counted, in the singular: "open error". */
  readonly noun: string;
}

export type Badges = Readonly<Partial<Record<string, MenuBadge>>>;

interface MenuProps {
  readonly current: Tab;
  /** What waits behind a tab, by its key; a tab without an entry has no badge. */
  readonly badges: Badges;
  readonly onOpen: (tab: Tab) => void;
}

/** The eleven tabs; folded behind a button on narrow screens. */
export function Menu({ current, badges, onOpen }: MenuProps) {
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
          <MenuItem
            key={tab.key}
            tab={tab}
            isCurrent={tab.key === current.key}
            badge={badges[tab.key]}
            onOpen={() => {
              setUnfolded(false);
              onOpen(tab);
            }}
          />
        ))}
      </ul>
    </nav>
  );
}

interface MenuItemProps {
  readonly tab: Tab;
  readonly isCurrent: boolean;
  readonly badge: MenuBadge | undefined;
  readonly onOpen: () => void;
}

function MenuItem({ tab, isCurrent, badge, onOpen }: MenuItemProps) {
  const badgeId = useId();
  const isShown = badge !== undefined && badge.amount > 0;
  return (
    <li>
      <a
        href={`#${tab.key}`}
        className="side-item"
        aria-current={isCurrent ? "page" : undefined}
        aria-describedby={isShown ? badgeId : undefined}
        onClick={(event) => {
          event.preventDefault();
          onOpen();
        }}
      >
        {tab.title}
        {isShown && <Badge amount={badge.amount} />}
      </a>
      {isShown && (
        <span id={badgeId} className="only-read">
          {count(badge.amount, badge.noun)}
        </span>
      )}
    </li>
  );
}

const MOST_SHOWN = 999;

/** How much waits behind the tab; in words it stands beside the link. */
function Badge({ amount }: { readonly amount: number }) {
  return (
    <span className="menu-badge" aria-hidden="true">
      {amount > MOST_SHOWN ? `${MOST_SHOWN}+` : amount}
    </span>
  );
}
