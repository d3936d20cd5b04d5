/**
 * What a person reads for each error code: what happened, and what to do next. The node's own sentence (`detail`), which
 * names the very thing, stands between the two where it has one.
 */
export interface ErrorText {
  readonly title: string;
  readonly next: string;
  /** Whether the node's sentence adds something to read. */
  readonly showsDetail: boolean;
}

const text = (title: string, next = "", showsDetail = true): ErrorText => ({ title, next, showsDetail });

const LATER = "It is tried again by itself; nothing is lost.";
const NEW_INVITATION = "Ask the administrator who invited you for a new code.";

const THE_OTHER_SIDE_SENT = "The other side sent something that this node does not take.";
const TELL_PARTNER = "Tell the other administrator; a newer release of their node may help.";

export const ERROR_TEXTS: Readonly<Record<string, ErrorText>> = {
  network: text("The node does not answer.", "Check your network connection, then try again.", false),
  timeout: text("The node takes too long to answer.", "Try again in a moment.", false),
  unreadable: text("The node's answer can't be read.", "A proxy may stand in between. Try again, or tell your node's operator.", false),
  host_silent: text("Azure DevOps did not give this page its tokens.", "Reload the page; sign in to Azure DevOps again if it asks.", false),
  internal: text("Something failed inside the node.", "Try again. If it happens again, report it with the number below.", false),
  unavailable: text("The node is not available right now.", "Try again in a moment.", false),
  busy: text("The node is busy.", "Try again in a moment.", false),
  rate_limited: text("Too many attempts.", "Wait a moment before you try again.", false),
  too_large: text("That is more than the node takes at once."),
  pair_file: text("This is no file of pairs."),
  wrong_rows: text("Some rows can't be connected."),
  clean_up_orphans: text("The other side would keep its pairs."),
  configuration: text("The node is not set up for this.", "Its operator can change that."),
  validation: text("Something can't be used as it is.", "Correct it and try again."),
  value_refused: text(THE_OTHER_SIDE_SENT, TELL_PARTNER),
  text_too_long: text("A text is longer than the other side may send.", "Make it shorter there; the rest of the work item is in sync."),
  too_many_values: text(THE_OTHER_SIDE_SENT, TELL_PARTNER),
  too_many_registers: text("The pair has more comments and files than a pair may have.", "What is there stays in sync; further ones are left out."),
  number_refused: text(THE_OTHER_SIDE_SENT, TELL_PARTNER),
  time_refused: text(THE_OTHER_SIDE_SENT, "Compare the clocks of both nodes with the other administrator."),
  name_refused: text(THE_OTHER_SIDE_SENT, TELL_PARTNER),
  address_refused: text("The other side sent an address that is not followed.", TELL_PARTNER),
  nested_too_deep: text(THE_OTHER_SIDE_SENT, TELL_PARTNER),
  unexpected_message: text(THE_OTHER_SIDE_SENT, TELL_PARTNER),
  content_not_asked_for: text("The other side sent a file that nobody asked for.", TELL_PARTNER),
  content_too_long: text("A file of the other side is longer than it said.", "It is left out; the rest of the work item is in sync. " + TELL_PARTNER),
  queues_disagree: text("The two nodes do not agree on what was sent.", "One of them was restored from a backup, perhaps. Compare with the other administrator, then activate on both sides."),
  peer_requests_refused: text("Requests in the partner's name are refused again and again.", "Compare keys and clocks with the other administrator; re-pair the connection if a key was lost."),
  partner_braked: text("The partner has more work items made here than is allowed in an hour.", "The rest is made by itself.", false),
  peer_busy: text("The partner's node is busy.", LATER),
  not_found: text("It does not exist any more.", "Somebody may have removed it. Reload to see how things stand."),
  state: text("That is not possible now."),
  connection_stopped: text("The connection is stopped."),
  known_counterpart: text("There is a counterpart already."),
  still_waiting: text("Changes are still on their way.", "Try again when they are through, or choose to stop now."),
  peer_rewound: text(
    "One of the two nodes was restored from a backup.",
    "Compare what happened since with the other administrator, then re-pair the connection.",
  ),
  database_unwritable: text("The node could not write its database for a while.", "Have its operator look after the disk or server.", false),
  storage_unavailable: text("The node can't reach its database.", "Try again in a moment.", false),
  repetition_mismatch: text("This was asked for before with other entries.", "Go back, look at what you entered, and go on.", false),
  lease_lost: text("Somebody else is working on it at this moment.", "Try again in a moment.", false),
  secret_unreadable: text("The node can't open a secret that it stored.", "Enter it again; if that does not help, ask the node's operator."),
  precondition_failed: text("Somebody else changed this meanwhile.", "Look at what is there now, then decide what to keep.", false),
  precondition_required: text("The page did not say which state it changes.", "Reload the page.", false),
  session_expired: text("Your session has ended.", "Reload the page to go on.", false),
  session_ended: text("You are signed out of this page.", "Reload the page to sign in again."),
  session_refused: text("Azure DevOps did not confirm who you are.", "Sign in to Azure DevOps again and reload the page."),
  collection_refused: text("The node does not know this organization or collection.", "Its operator lists the collections of a server that it serves."),
  administrator_required: text("You need another right to use this page."),
  organization_not_allowed: text("This node does not serve your organization.", "Its operator decides which organizations it serves."),
  url_refused: text("This address can't be used."),
  own_organization: text(
    "This is your own organization.",
    "A connection joins two different organizations; enter the address of the other one.",
    false,
  ),
  foreign_organization: text("This belongs to another organization."),
  azure_devops: text("Azure DevOps did not do what was asked."),
  azure_devops_unavailable: text("Azure DevOps does not answer the node.", "Try again in a moment."),
  azure_devops_rate_limited: text("Azure DevOps slows the node down.", LATER),
  azure_devops_authentication: text("Azure DevOps refuses the credential.", "It is wrong, expired or revoked. Enter a new one in General Settings.", false),
  azure_devops_missing_right: text("The account of this node lacks a right.", "Give it that right in Azure DevOps, or use another account."),
  azure_devops_refused: text("Azure DevOps refused the request."),
  work_item_not_found: text("This work item can't be read.", "Check its number; the account of this node must be able to read it."),
  project_not_found: text("This project can't be found.", "It was renamed or removed, or the account of this node can't see it."),
  work_item_type_not_found: text("The project has no such work item type."),
  revision_conflict: text("Somebody changed the work item meanwhile.", LATER),
  rule_violation: text("A rule of the process does not allow this work item.", "Correct the work item or the process, then retry."),
  attachment_too_large: text("An attachment is larger than the destination takes."),
  query_refused: text("Azure DevOps does not accept this query."),
  query_too_large: text("The query matches more work items than Azure DevOps gives."),
  query_too_slow: text("The query takes Azure DevOps too long."),
  condition_refused: text("This is no condition that can be used."),
  invitation: text("This invitation can't be used.", NEW_INVITATION),
  invitation_torn: text("This is no complete invitation code.", "Copy the whole code again, from adn1 to its last character."),
  invitation_unknown: text("The node that made this invitation does not know it any more.", NEW_INVITATION, false),
  invitation_expired: text("This invitation has expired.", NEW_INVITATION, false),
  invitation_used: text("This invitation was used already.", "If it was not you, tell the administrator who invited you. " + NEW_INVITATION, false),
  invitation_revoked: text("This invitation was taken back.", NEW_INVITATION, false),
  notification_failed: text("Somebody could not be told.", "Look at the mail server and the address under Exalate Notifications."),
  peer: text("The other node did not do what was asked."),
  peer_unreachable: text("The other node can't be reached.", "Check the address and try again in a moment."),
  peer_refused: text("The other node refused."),
  peer_silent: text("The other node has not called for a while.", "Ask its administrator whether it runs."),
  clock_off: text("The clock of this node's machine is off.", "Have its operator set it by a time service."),
  clock_wrong: text("The clock of this node's machine is far off, so nothing new is made.", "Have its operator set it by a time service."),
  partner_clock_off: text("The clock of the partner's node is off.", "Ask its administrator to set it by a time service."),
  connection_ended: text("The partner ended the connection.", "Delete it here; to go on, make a new one."),
  signature_invalid: text("The other node could not prove who it is.", "Do not go on. Compare the key fingerprints with the other administrator."),
  content_mismatch: text("A file was damaged on its way.", LATER, false),
  field_loop: text("Two automations answer each other's changes of this field.", "Stop one of them, then retry."),
  content_unavailable: text("The other side can't give the content of a file."),
};

const UNKNOWN = text("That did not work.", "Try again. If it happens again, report it with the number below.");

export function errorText(code: string): ErrorText {
  return ERROR_TEXTS[code] ?? UNKNOWN;
}
