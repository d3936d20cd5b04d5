/** Makes an element. Attributes that are null or false are left out, functions become listeners, true is an empty one. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(name, value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

export function button(text, onClick, attributes = {}) {
  return element("button", { type: "button", class: "button", click: onClick, ...attributes }, text);
}

let nextId = 0;

/** A new id for tying a label to its control. */
export function newId(prefix) {
  nextId += 1;
  return `${prefix}-${nextId}`;
}
