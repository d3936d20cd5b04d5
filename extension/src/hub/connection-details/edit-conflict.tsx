import { Button } from "../../shared-ui/components/button";
import { Facts } from "../../shared-ui/components/facts";
import { Message } from "../../shared-ui/components/message";
import { findDifferences, keepMine, takeTheirs, type ConnectionForm, type Field } from "./connection-form";

const NAMES: Readonly<Record<Field, string>> = {
  name: "Name",
  description: "Description",
  project: "Project",
  consent: "The partner may connect to",
  consent_query: "Condition",
  panel_exalate: "Who may Exalate",
  panel_connect: "Who may Connect",
  panel_unexalate: "Who may Unexalate",
};

interface EditConflictProps {
  readonly form: ConnectionForm;
  readonly onDecide: (form: ConnectionForm) => void;
}

/** Two people changed the same connection; the second sees both versions and decides. */
export function EditConflict({ form, onDecide }: EditConflictProps) {
  return (
    <Message kind="warning" isAnnounced>
      <strong>Somebody else changed this connection while you were editing.</strong>
      <p>Nothing of yours was saved or lost. Where the two differ:</p>
      <Facts
        facts={findDifferences(form).map(({ field, mine, theirs }) => ({
          name: NAMES[field],
          value: (
            <>
              <div>
                Theirs: <bdi>{theirs === "" ? "(empty)" : theirs}</bdi>
              </div>
              <div>
                Yours: <bdi>{mine === "" ? "(empty)" : mine}</bdi>
              </div>
            </>
          ),
        }))}
      />
      <div className="row">
        <Button onClick={() => onDecide(keepMine(form))}>Keep mine</Button>
        <Button onClick={() => onDecide(takeTheirs(form))}>Take theirs</Button>
      </div>
    </Message>
  );
}
