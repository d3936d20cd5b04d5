import type { License } from "../../common/api/license-api";
import { count } from "../../common/times";
import { formatMonth, formatUtcDate } from "../../common/utc";
import { Facts } from "../../shared-ui/components/facts";
import { Message } from "../../shared-ui/components/message";
import { UsageMeter } from "./usage-meter";

/** Which plan it is, and how much of this month is used. */
export function PlanCard({ license }: { readonly license: License }) {
  const { plan, limit, used, resets_at: resetsAt, month } = license;
  return (
    <section className="card stack" aria-label="Plan">
      <h2>{planTitle(plan, limit)}</h2>
      <Fullness license={license} />
      {limit === null ? (
        <Facts
          facts={[
            { name: "New pairs this month", value: used.toLocaleString() },
            { name: "Month", value: formatMonth(month) },
            { name: "Counts again from", value: `${formatUtcDate(resetsAt)} (UTC)` },
          ]}
        />
      ) : (
        <div className="stack-small">
          <UsageMeter label="New pairs this month" used={used} limit={limit} />
          <p className="quiet">Counts again from {formatUtcDate(resetsAt)} (UTC).</p>
        </div>
      )}
      <PlanTerms limit={limit} />
    </section>
  );
}

/** What happens at the limit, before a person has to ask. */
function PlanTerms({ limit }: { readonly limit: number | null }) {
  return (
    <div className="stack-small">
      {limit === null ? (
        <p>As many pairs as you like: no limit is set on this node.</p>
      ) : (
        <>
          <p>
            A pair counts when it is made, over whichever connection. Changes of pairs that exist never count. Ending a
            pair gives nothing back; the same work items paired again count again.
          </p>
          <p>
            At the limit, further work items wait. They are listed here and start by themselves when the month ends, the
            oldest first. Pairs that exist go on all the while.
          </p>
        </>
      )}
      <p className="quiet">
        Nothing has to be bought.
        {limit !== null && " Whoever runs this node sets the limit, with ADNODE_PLAN, and can raise it at any time."}
      </p>
    </div>
  );
}

function Fullness({ license }: { readonly license: License }) {
  const { held, remaining, resets_at: resetsAt } = license;
  if (held > 0) {
    return (
      <Message kind="warning" isAnnounced>
        <strong>
          {count(held, "work item")} {held === 1 ? "waits" : "wait"}: this month's new pairs are used up.
        </strong>
        <p>What waits starts by itself on {formatUtcDate(resetsAt)} (UTC), or as soon as the limit is raised.</p>
      </Message>
    );
  }
  if (remaining === 0) {
    return (
      <Message kind="info" isAnnounced>
        This month's new pairs are used up. Work items put under sync from now on wait until{" "}
        {formatUtcDate(resetsAt)} (UTC).
      </Message>
    );
  }
  return null;
}

function planTitle(plan: string, limit: number | null): string {
  if (limit === null) return "No limit";
  const name = plan === "free" ? "Free plan" : "Plan";
  return `${name}: ${limit.toLocaleString()} new pairs a month`;
}
