import type { ReactNode } from "react";

/** Nothing is there yet: what that means and what to do about it. */
export function EmptyState({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      <svg className="empty-picture" viewBox="0 0 96 72" aria-hidden="true" focusable="false">
        <rect x="6" y="16" width="34" height="40" rx="3" />
        <rect x="56" y="16" width="34" height="40" rx="3" />
        <path d="M13 28h20M13 36h14M63 28h20M63 36h14" />
        <path className="accent" d="M33 46h30M57 41l6 5-6 5M39 51l-6-5 6-5" />
      </svg>
      <h2>{title}</h2>
      {children}
    </div>
  );
}
