import { EmptyState } from "../../shared-ui/components/empty-state";

/** A tab that the console has and this version does not. */
export function PlannedTab({ title, plan }: { readonly title: string; readonly plan: string }) {
  return (
    <div className="card">
      <EmptyState title={`${title} is not here yet.`}>
        <p className="quiet">{plan}</p>
      </EmptyState>
    </div>
  );
}
