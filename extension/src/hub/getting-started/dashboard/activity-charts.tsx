import { useState } from "react";

import type { Activity, Dashboard } from "../../../common/api/dashboard-api";
import { formatDay } from "../../../common/utc";
import { BarChart } from "../../../shared-ui/charts/bar-chart";
import type { Bar } from "../../../shared-ui/charts/chart-data";
import { Pivot } from "../../../shared-ui/components/pivot";

const PERIODS = [
  { key: "days", title: "30 days" },
  { key: "weeks", title: "12 weeks" },
] as const;

/** What was brought over, and how many pairs were made, day by day or week by week. */
export function ActivityCharts({ dashboard }: { readonly dashboard: Dashboard }) {
  const [chosen, setChosen] = useState<string>("days");
  const isDays = chosen === "days";
  const activities = isDays ? dashboard.days : dashboard.weeks;
  const period = isDays ? "day" : "week";
  return (
    <section className="card stack" aria-label="Activity">
      <div className="stack-small">
        <h2>Activity</h2>
        <p className="quiet">
          Changes of work items that came in and went out. Days begin at midnight UTC, weeks on Monday.
        </p>
      </div>
      <Pivot label="Time" tabs={PERIODS} chosen={chosen} onChoose={setChosen}>
        <div className="chart-columns">
          <BarChart label={`Changes per ${period}`} bars={activities.map(toChanges)} unit="changes" rowTitle={title(isDays)} />
          <BarChart label={`New pairs per ${period}`} bars={activities.map(toPairs)} unit="new pairs" rowTitle={title(isDays)} />
        </div>
      </Pivot>
    </section>
  );
}

function title(isDays: boolean): string {
  return isDays ? "Day" : "Week from";
}

function toChanges({ begin, incoming, outgoing }: Activity): Bar {
  const parts = [
    { name: "Incoming", value: incoming },
    { name: "Outgoing", value: outgoing },
  ];
  return { label: formatDay(begin), value: incoming + outgoing, parts };
}

function toPairs({ begin, pairs }: Activity): Bar {
  return { label: formatDay(begin), value: pairs };
}
