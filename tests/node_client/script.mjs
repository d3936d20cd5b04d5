// The official Node client against the emulator: prints one JSON object that the Python test looks at.
import { Readable } from "node:stream";
import azdev from "azure-devops-node-api";

const [organizationUrl, token, projectName] = process.argv.slice(2);
const connection = new azdev.WebApi(organizationUrl, azdev.getPersonalAccessTokenHandler(token));
const core = await connection.getCoreApi();
const tracking = await connection.getWorkItemTrackingApi();

const projects = await core.getProjects();
const project = projectName ?? projects[0].name;
const title = (value) => [{ op: "add", path: "/fields/System.Title", value }];
const created = await tracking.createWorkItem(null, title("From Node"), project, "Task");
const updated = await tracking.updateWorkItem(null, title("Changed"), created.id);
const read = await tracking.getWorkItem(created.id);
const batch = await tracking.getWorkItemsBatch({ ids: [created.id], fields: ["System.Title"] });
const comment = await tracking.addComment({ text: "hello" }, project, created.id);
const comments = await tracking.getComments(project, created.id);
const found = await tracking.queryByWiql({ query: `SELECT [System.Id] FROM WorkItems WHERE [System.Id] = ${created.id}` });
const upload = await tracking.createAttachment(null, Readable.from([Buffer.from("bytes")]), "a.txt", "simple", project);
const download = await tracking.getAttachmentContent(upload.id, "a.txt");
const chunks = [];
for await (const chunk of download) chunks.push(chunk);
const connected = await connection.connect();

console.log(
  JSON.stringify({
    projects: projects.map((each) => each.name),
    createdRevision: created.rev,
    updatedRevision: updated.rev,
    title: read.fields["System.Title"],
    batchTitles: batch.map((each) => each.fields["System.Title"]),
    commentText: comment.text,
    comments: comments.comments.map((each) => each.text),
    found: found.workItems.map((each) => each.id === created.id),
    download: Buffer.concat(chunks).toString(),
    user: Boolean(connected.authenticatedUser.id),
  }),
);
