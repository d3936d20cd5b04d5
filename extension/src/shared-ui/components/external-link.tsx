import type { ReactNode } from "react";

import { safeLink } from "../../common/organization-url";
import { Icon } from "./icon";

interface ExternalLinkProps {
  readonly url: string | null | undefined;
  readonly children: ReactNode;
}

/** Opens in a new window; plain text where there is no address that may be followed. */
export function ExternalLink({ url, children }: ExternalLinkProps) {
  const address = safeLink(url);
  if (address === null) return <span dir="auto">{children}</span>;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer" className="status">
      <span dir="auto" className="break">
        {children}
      </span>
      <Icon name="external" />
      <span className="only-read">(opens in a new window)</span>
    </a>
  );
}
