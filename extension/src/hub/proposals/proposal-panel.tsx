import { useCallback, useState } from "react";

import type { Deed, ProposalDetails, ProposalRow, ProposalsApi } from "../../common/api/proposals-api";
import { formatMoment } from "../../common/times";
import { Button } from "../../shared-ui/components/button";
import { DataTable, type Column } from "../../shared-ui/components/data-table";
import { ExternalLink } from "../../shared-ui/components/external-link";
import { Facts } from "../../shared-ui/components/facts";
import { Failure } from "../../shared-ui/components/failure";
import { Message } from "../../shared-ui/components/message";
import { Pager } from "../../shared-ui/components/pager";
import { Panel } from "../../shared-ui/components/panel";
import { Skeleton } from "../../shared-ui/components/skeleton";
import { StatusLabel } from "../../shared-ui/components/status-label";
import { useAction } from "../../shared-ui/hooks/use-action";
import { usePages } from "../../shared-ui/hooks/use-pages";
import { DeclineDialog } from "./decline-dialog";
import { describeKind, describePair, describeProposalStatus, describeTerms, isDecidable, sayDecision } from "./proposal-words";

interface ProposalPanelProps {
  readonly api: ProposalsApi;
  readonly id: string;
  readonly onClose: () => void;
  /** It was decided; in words. */
  readonly onDecided: (outcome: string) => void;
}

/** A proposal as it is now, and what is being decided of it. */
function useProposal({ api, id, onClose, onDecided }: ProposalPanelProps) {
  const [details, setDetails] = useState<ProposalDetails | null>(null);
  const [declining, setDeclining] = useState<Declining | null>(null);
  const load = useCallback(
    async (after: string | null, signal: AbortSignal) => {
      const answer = await api.show(id, after, signal);
      setDetails(answer);
      return answer.rows;
    },
    [api, id],
  );
  const paged = usePages(load, null);
  const decide = useAction(async (deed: Deed, rows: readonly number[] | null, note: string) => {
    const decision = await api.decide(id, deed, rows, note);
    setDeclining(null);
    onDecided(sayDecision(decision, deed));
    if (rows === null && decision.obstacles.length === 0) onClose();
    else paged.reload();
  });
  return { details, paged, decide, declining, setDeclining };
}

/** Which rows a no is for; null for all. */
interface Declining {
  readonly rows: readonly number[] | null;
}

/** One proposal with both titles side by side, and the decision. */
export function ProposalPanel(props: ProposalPanelProps) {
  const { details, paged, decide, declining, setDeclining } = useProposal(props);
  const { page, error, reload } = paged;
  return (
    <Panel
      title={details === null ? "Proposal" : describePair(details)}
      onClose={props.onClose}
      footer={
        <Buttons
          details={details}
          isBusy={decide.isRunning}
          onDecide={(deed) => decide.start(deed, null, "")}
          onDecline={() => setDeclining({ rows: null })}
          onClose={props.onClose}
        />
      }
    >
      <div className="stack">
        {decide.error !== null && declining === null && <Failure error={decide.error} />}
        {details !== null && <Summary details={details} />}
        {error !== null && <Failure error={error} onRetry={reload} />}
        {page === null && error === null && <Skeleton lines={6} label="Loading the proposal" />}
        {page !== null && details !== null && (
          <Rows
            rows={page.items}
            details={details}
            isBusy={decide.isRunning}
            onDecide={(deed, number) => {
              if (deed === "decline") setDeclining({ rows: [number] });
              else decide.start(deed, [number], "");
            }}
          />
        )}
        {details !== null && details.total > 1 && <Pager paged={paged} noun="pairs" />}
      </div>
      {declining !== null && (
        <DeclineDialog
          isBusy={decide.isRunning}
          error={decide.error}
          onDecline={(note) => decide.start("decline", declining.rows, note)}
          onCancel={() => {
            decide.forgetError();
            setDeclining(null);
          }}
        />
      )}
    </Panel>
  );
}

interface ButtonsProps {
  readonly details: ProposalDetails | null;
  readonly isBusy: boolean;
  readonly onDecide: (deed: Deed) => void;
  readonly onDecline: () => void;
  readonly onClose: () => void;
}

function Buttons({ details, isBusy, onDecide, onDecline, onClose }: ButtonsProps) {
  const canDecide = details !== null && isDecidable(details);
  const hasMany = details !== null && details.total > 1;
  const isHeld = details !== null && details.status === "held";
  return (
    <>
      {canDecide && details.direction === "outgoing" && (
        <Button isBusy={isBusy} onClick={() => onDecide("withdraw")}>
          Take back
        </Button>
      )}
      <span className="spring" />
      <Button onClick={onClose}>Close</Button>
      {isHeld && (
        <>
          <Button isDisabled={isBusy} onClick={() => onDecide("separate")}>
            {hasMany ? "Make new ones" : "Make a new one"}
          </Button>
          <Button kind="primary" isBusy={isBusy} onClick={() => onDecide("connect")}>
            {hasMany ? "Connect all again" : "Connect again"}
          </Button>
        </>
      )}
      {canDecide && details.direction === "incoming" && (
        <>
          <Button isDisabled={isBusy} onClick={onDecline}>
            {hasMany ? "Decline all" : "Decline"}
          </Button>
          <Button kind="primary" isBusy={isBusy} onClick={() => onDecide("accept")}>
            {hasMany ? "Accept all" : "Accept"}
          </Button>
        </>
      )}
    </>
  );
}

function Summary({ details }: { readonly details: ProposalDetails }) {
  const { word, icon, tone } = describeProposalStatus(details.status, details.direction);
  const side = details.direction === "incoming" ? details.partner : "this side";
  return (
    <>
      <span role="status">
        <StatusLabel icon={icon} tone={tone}>
          {word}
        </StatusLabel>
      </span>
      {details.direction === "incoming" && isDecidable(details) && (
        <Message kind="info" isAnnounced={false}>
          The partner has not seen anything of your work items. With your yes they travel from then on.
        </Message>
      )}
      {details.status === "held" && (
        <Message kind="info" isAnnounced={false}>
          These were in sync before, or are linked. Connect them again, for which the partner is asked, or have new work
          items made there.
        </Message>
      )}
      <Facts
        facts={[
          { name: "What", value: describeKind(details.kind) },
          { name: "Asked by", value: <bdi>{details.asked_by === "" ? side : `${details.asked_by} (${side})`}</bdi> },
          { name: "Asked", value: formatMoment(details.asked_at) },
          { name: "Connection", value: <bdi>{details.connection_name}</bdi> },
          { name: "With a yes", value: describeTerms(details) },
          ...(details.decided_at === null
            ? []
            : [
                {
                  name: "Decided",
                  value: (
                    <bdi>
                      {formatMoment(details.decided_at)}
                      {details.decided_by === "" ? "" : ` by ${details.decided_by}`}
                    </bdi>
                  ),
                },
              ]),
        ]}
      />
    </>
  );
}

interface RowsProps {
  readonly rows: readonly ProposalRow[];
  readonly details: ProposalDetails;
  readonly isBusy: boolean;
  readonly onDecide: (deed: Deed, number: number) => void;
}

/** What a person can do with a row, in words. */
function deedsOf(status: ProposalRow["status"], direction: ProposalDetails["direction"]): readonly (readonly [Deed, string])[] {
  if (status === "held") return [["connect", "Connect again"], ["separate", "Make new for"]];
  return direction === "incoming" && isDecidable({ status }) ? [["accept", "Accept"], ["decline", "Decline"]] : [];
}

function Rows({ rows, details, isBusy, onDecide }: RowsProps) {
  const columns: readonly Column<ProposalRow>[] = [
    {
      key: "local",
      title: "This side",
      render: ({ local }) => <Item item={local} unknown="It can't be read here." />,
    },
    {
      key: "remote",
      title: "The partner, as it says",
      render: ({ remote }) => <Item item={remote} unknown="The partner said no title." />,
    },
    { key: "status", title: "Status", render: (row) => <RowStanding row={row} direction={details.direction} /> },
    ...(details.total > 1 && rows.some(({ status }) => deedsOf(status, details.direction).length > 0)
      ? [
          {
            key: "actions",
            title: "Actions",
            isTitleHidden: true,
            className: "actions",
            render: (row: ProposalRow) => (
              <span className="row">
                {deedsOf(row.status, details.direction).map(([deed, word]) => (
                  <Button key={deed} kind="subtle" isDisabled={isBusy} onClick={() => onDecide(deed, row.number)}>
                    {`${word} ${row.local.id}`}
                  </Button>
                ))}
              </span>
            ),
          },
        ]
      : []),
  ];
  return <DataTable label="Pairs" columns={columns} rows={rows} keyOf={(row) => String(row.number)} />;
}

interface ItemProps {
  readonly item: { readonly id: string; readonly url: string; readonly title: string | null; readonly type: string | null };
  readonly unknown: string;
}

function Item({ item, unknown }: ItemProps) {
  return (
    <>
      <ExternalLink url={item.url === "" ? undefined : item.url}>{`${item.type ?? "Work item"} ${item.id}`}</ExternalLink>
      <div className={item.title === null ? "quiet small" : undefined}>
        <bdi>{item.title ?? unknown}</bdi>
      </div>
    </>
  );
}

function RowStanding({ row, direction }: { readonly row: ProposalRow; readonly direction: ProposalDetails["direction"] }) {
  const { word, icon, tone } = describeProposalStatus(row.status, direction);
  return (
    <>
      <StatusLabel icon={icon} tone={tone}>
        {word}
      </StatusLabel>
      {row.message !== "" && (
        <div className="quiet small" dir="auto">
          {row.message}
        </div>
      )}
    </>
  );
}
