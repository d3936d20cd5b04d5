import { Button } from "../../shared-ui/components/button";
import { Facts } from "../../shared-ui/components/facts";
import { Message } from "../../shared-ui/components/message";
import { FIELD_NAMES, findDifferences, keepMine, takeTheirs, type TriggerForm } from "./trigger-form";

interface TriggerConflictProps {
  readonly form: TriggerForm;
  readonly onDecide: (form: TriggerForm) => void;
}

/** Two people changed the same trigger; the second sees both versions and decides. */
export function TriggerConflict({ form, onDecide }: TriggerConflictProps) {
  return (
    <Message kind="warning" isAnnounced>
      <strong>Somebody else changed this trigger while you were editing.</strong>
      <p>Nothing of yours was saved or lost. Where the two differ:</p>
      <Facts
        facts={findDifferences(form).map(({ field, mine, theirs }) => ({
          name: FIELD_NAMES[field],
          value: (
            <>
              <div>
                Theirs: <bdi>{theirs}</bdi>
              </div>
              <div>
                Yours: <bdi>{mine}</bdi>
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
