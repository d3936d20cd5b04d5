/** What the server says of the person, the organization, the extension and the projects. */
export const pageData = JSON.parse(document.getElementById("page-data").textContent);

/** The address of a page of this organization. */
export function pageAddress(path) {
  return `${pageData.base}/${path}`;
}

export function workItemAddress(projectName, id) {
  return pageAddress(`${encodeURIComponent(projectName)}/_workitems/edit/${id}`);
}

export function findProject(name) {
  return pageData.projects.find((project) => project.name === name) ?? null;
}
