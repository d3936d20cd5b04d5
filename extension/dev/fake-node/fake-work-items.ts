import type { Connection, Twin } from "../../src/common/api/types";
import type { FakeOrganization } from "./fake-organization";
import { Refusal, textOf, type FakeAnswer, type FakeRequest } from "./messages";

/** The routes that put work items under sync, and those of the work item panel. */
export function answerAboutWorkItems(request: FakeRequest, organization: FakeOrganization, canEdit: boolean): FakeAnswer | null {
  const { method, path } = request;
  const shown = /^\/work-items\/(\d+)\/(twins|connect)$/.exec(path);
  if (shown !== null) {
    const [, id = "", step] = shown;
    if (step === "twins") return { status: 200, body: panelState(organization, id, canEdit) };
    requireEdit(canEdit);
    return connect(request, organization, id);
  }
  const retried = /^\/errors\/([^/]+)\/retry$/.exec(path)?.[1];
  if (retried !== undefined) return retry(organization, retried);
  const [, connectionId = "", workItemId] = /^\/connections\/([^/]+)\/work-items(?:\/([^/]+))?$/.exec(path) ?? [];
  if (connectionId === "") return null;
  const connection = organization.find(decodeURIComponent(connectionId));
  if (connection === undefined) throw new Refusal(404, "not_found", "There is no such connection.");
  if (method === "POST") {
    requireEdit(canEdit);
    return exalate(request, organization, connection);
  }
  const twin = organization.twins.find((known) => known.connection_id === connection.id && known.local?.id === workItemId);
  if (twin === undefined) throw new Refusal(404, "not_found", `Work item ${workItemId ?? ""} is not under sync.`);
  if (method === "DELETE") {
    requireEdit(canEdit);
    organization.twins = organization.twins.filter((known) => known !== twin);
    return { status: 204 };
  }
  return { status: 200, body: twin };
}

/** What the worker would do: everything pending arrives on the other side. */
export function finishSync(organization: FakeOrganization): void {
  organization.twins = organization.twins.map((twin) =>
    twin.status === "pending"
      ? {
          ...twin,
          status: "synchronized",
          in_progress: false,
          synchronized_at: new Date().toISOString(),
          remote: { id: "107", url: "https://dev.azure.com/contoso/_workitems/edit/107", organization_name: "contoso" },
        }
      : twin,
  );
}

export function makeTwin(organization: FakeOrganization, connection: Connection, id: string): Twin {
  return {
    id: organization.nextId(),
    connection_id: connection.id,
    connection_name: connection.name,
    status: "pending",
    local: {
      id,
      url: `${organization.information.url}/_workitems/edit/${id}`,
      title: organization.workItems.get(id) ?? null,
    },
    remote: null,
    synchronized_at: null,
    in_progress: true,
    is_held: false,
    asked: null,
    waiting: { outgoing: 1, incoming: 0 },
    errors: [],
    conflicts: 0,
  };
}

function panelState(organization: FakeOrganization, id: string, canEdit: boolean) {
  return {
    items: organization.twins.filter((twin) => twin.local?.id === id),
    connections: organization.connections.map(({ id: key, name, status }) => ({ id: key, name, status })),
    can_edit: canEdit,
  };
}

function exalate(request: FakeRequest, organization: FakeOrganization, connection: Connection): FakeAnswer {
  const id = /(\d+)\D*$/.exec(textOf(request.body, "work_item"))?.[1] ?? "";
  if (!organization.workItems.has(id)) {
    throw new Refusal(404, "work_item_not_found", `Work item ${id} does not exist.`, {
      errors: [{ field: "work_item", message: `Work item ${id} can't be read: it does not exist, or the account may not read it.` }],
    });
  }
  const known = organization.twins.find((twin) => twin.connection_id === connection.id && twin.local?.id === id);
  if (known !== undefined) return { status: 200, body: known };
  if (organization.formerPairs.has(id) && request.body["counterpart"] === undefined) {
    const former = organization.formerPairs.get(id) ?? "";
    const detail = `Work item ${id} was in sync with work item ${former} of the partner before, or links to it.`;
    throw new Refusal(409, "known_counterpart", detail);
  }
  organization.choices.push(request.body["counterpart"]);
  const twin = makeTwin(organization, connection, id);
  organization.twins.push(twin);
  organization.update(connection.id, { under_sync: connection.under_sync + 1 }, false);
  return { status: 202, body: twin };
}

function connect(request: FakeRequest, organization: FakeOrganization, id: string): FakeAnswer {
  const connection = organization.find(textOf(request.body, "connection_id"));
  if (connection === undefined) throw new Refusal(404, "not_found", "There is no such connection.");
  const twin = makeTwin(organization, connection, id);
  const remoteId = textOf(request.body, "remote_work_item_id");
  organization.keptContents.push(request.body["content"]);
  organization.twins.push({
    ...twin,
    remote: { id: remoteId, url: `https://dev.azure.com/contoso/_workitems/edit/${remoteId}`, organization_name: "contoso" },
  });
  return { status: 202, body: twin };
}

function retry(organization: FakeOrganization, errorId: string): FakeAnswer {
  organization.twins = organization.twins.map((twin) =>
    twin.errors.some((error) => error.id === errorId) ? { ...twin, status: "pending", in_progress: true, errors: [] } : twin,
  );
  return { status: 202, body: {} };
}

function requireEdit(canEdit: boolean): void {
  if (!canEdit) throw new Refusal(403, "azure_devops_missing_right", "You may not edit this work item.");
}
