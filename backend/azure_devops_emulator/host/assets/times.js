const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export function shortTime(text) {
  return text ? FORMAT.format(new Date(text)) : "";
}
