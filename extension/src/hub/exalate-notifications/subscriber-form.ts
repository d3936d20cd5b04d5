import type { ChannelKind, Digest, Subscriber, SubscriberChanges, SubscriberWish } from "../../common/api/notifications-api";
import { isMailAddress } from "./mail-server-form";

/** What a person enters about somebody who is told. */
export interface SubscriberForm {
  readonly kind: ChannelKind;
  readonly address: string;
  readonly impacts: readonly string[];
  readonly isLimited: boolean;
  readonly connection_ids: readonly string[];
  readonly digest: Digest;
}

const USUAL_IMPACTS = ["work_item", "connection", "trigger", "node"];

export function formOf(subscriber: Subscriber | null): SubscriberForm {
  return {
    kind: subscriber?.kind ?? "email",
    address: subscriber?.address ?? "",
    impacts: subscriber?.impacts ?? USUAL_IMPACTS,
    isLimited: (subscriber?.connection_ids.length ?? 0) > 0,
    connection_ids: subscriber?.connection_ids ?? [],
    digest: subscriber?.digest ?? "at_once",
  };
}

export function isDirty(form: SubscriberForm, subscriber: Subscriber | null): boolean {
  return JSON.stringify(readForm(form) ?? form) !== JSON.stringify(readForm(formOf(subscriber)) ?? formOf(subscriber));
}

/** What is plainly wrong with the address; null for nothing. */
export function findAddressFlaw(form: SubscriberForm): string | null {
  const text = form.address.trim();
  if (text === "") return null;
  if (form.kind === "email") return isMailAddress(text) ? null : "This is no e-mail address. Enter one only.";
  return /^https?:\/\/[^\s]+$/i.test(text) ? null : "It begins with https://.";
}

/** The wish to send, or null while something is missing or wrong. */
export function readForm(form: SubscriberForm): SubscriberWish | null {
  const isComplete = form.address.trim() !== "" && form.impacts.length > 0;
  const lacksConnection = form.isLimited && form.connection_ids.length === 0;
  if (!isComplete || lacksConnection || findAddressFlaw(form) !== null) return null;
  return {
    kind: form.kind,
    address: form.address.trim(),
    impacts: form.impacts,
    connection_ids: form.isLimited ? form.connection_ids : [],
    digest: form.digest,
  };
}

/** Only what differs from what was seen. */
export function changesOf(wish: SubscriberWish, seen: Subscriber): SubscriberChanges {
  const names = ["address", "impacts", "connection_ids", "digest"] as const;
  const changed = names.filter((name) => JSON.stringify(wish[name]) !== JSON.stringify(seen[name]));
  return Object.fromEntries(changed.map((name) => [name, wish[name]]));
}

/** A list with the item, or without it. */
export function toggled(items: readonly string[], item: string, isIn: boolean, order: readonly string[]): readonly string[] {
  const wanted = new Set(isIn ? [...items, item] : items.filter((one) => one !== item));
  return [...order.filter((one) => wanted.has(one)), ...items.filter((one) => wanted.has(one) && !order.includes(one))];
}
