import type { ReactNode } from "react";

import type { NodeInformation } from "../../common/api/types";
import { Footer } from "./footer";
import { Header } from "./header";
import { Menu, type Badges } from "./menu";
import type { Tab } from "./tabs";

interface FrameProps {
  readonly tab: Tab;
  readonly node: NodeInformation | null;
  readonly badges: Badges;
  readonly onOpen: (tab: Tab) => void;
  readonly children: ReactNode;
}

/** What stands around every tab. */
export function Frame({ tab, node, badges, onOpen, children }: FrameProps) {
  return (
    <div className="frame">
      <Header title={tab.title} nodeHost={node?.host ?? null} />
      <div className="frame-middle">
        <Menu current={tab} badges={badges} onOpen={onOpen} />
        <main className="content">{children}</main>
      </div>
      <Footer node={node} />
    </div>
  );
}
