import { useCallback } from "react";

import type { ApiError } from "../../common/api/api-error";
import { Button } from "../../shared-ui/components/button";
import { Combobox } from "../../shared-ui/components/combobox";
import { Failure } from "../../shared-ui/components/failure";
import { Message } from "../../shared-ui/components/message";
import { useHub } from "../hub-context";

const SHOWN = 100;
const ABOUT_ACCOUNT = ["azure_devops_authentication", "azure_devops_missing_right", "configuration", "secret_unreadable"];

interface ProjectPickerProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly onChange: (project: string) => void;
  readonly error?: string | null;
  readonly takesFocus?: boolean;
}

/** One of the projects that the account of this node can see. */
export function ProjectPicker(props: ProjectPickerProps) {
  const { api, organization, go } = useHub();
  const search = useCallback((text: string, signal: AbortSignal) => api.listProjects(text, SHOWN, signal), [api]);
  const settings = (
    <Button kind="link" onClick={() => go("general-settings")}>
      Open General Settings
    </Button>
  );
  if (organization.credential === null) {
    return (
      <Message kind="warning">
        <strong>This node has no account in your organization yet.</strong>
        <p>It needs one to see your projects and to write work items.</p>
        {settings}
      </Message>
    );
  }
  const renderFailure = (error: ApiError, retry: () => void) => (
    <Failure error={error} onRetry={retry}>
      {ABOUT_ACCOUNT.includes(error.code) && settings}
    </Failure>
  );
  return (
    <Combobox
      {...props}
      placeholder="Search for a project"
      nothingFound={`${organization.credential.identity} can see no such project. It needs the right "View project-level information" on it.`}
      search={search}
      renderFailure={renderFailure}
    />
  );
}
