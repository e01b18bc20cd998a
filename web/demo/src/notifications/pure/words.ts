/** The notifier's words in plain English. */
import { notifier } from "@conversations/client";

const { Surface, Reason, DeliveryState, Act, Level } = notifier;
type Surface = notifier.Surface;
type Reason = notifier.Reason;

/** The question that a row of the decision table asks. */
export const QUESTIONS: Readonly<Record<number, string>> = {
  1: "Is there anything to tell you?",
  2: "Do you want to be told?",
  3: "Are you looking at it already?",
  4: "Are you using the application right now?",
  5: "Is the application open, and may the browser notify you?",
  6: "Can it be pushed to your devices?",
};

/** Where somebody was told, as the end of "You were told by …". */
export const SURFACES: Readonly<Record<Surface, string>> = {
  [Surface.UNSPECIFIED]: "",
  [Surface.NONE]: "Not shown",
  [Surface.BANNER]: "Banner",
  [Surface.BROWSER]: "Browser notification",
  [Surface.PUSH]: "Push",
};

/** In one line, what happened and why. */
export const HEADLINES: Readonly<Record<Reason, string>> = {
  [Reason.UNSPECIFIED]: "No reason was recorded",
  [Reason.AUTHOR]: "You wrote this message yourself",
  [Reason.NOT_A_MEMBER]: "You were no longer in the conversation",
  [Reason.DELETED]: "The message was deleted before you could be told",
  [Reason.READ]: "You had already read it",
  [Reason.MUTED]: "You had muted this conversation",
  [Reason.LEVEL]: "You had chosen to be told less of this conversation",
  [Reason.KIND_OFF]: "You had switched off notifications for this kind of conversation",
  [Reason.SNOOZED]: "You had snoozed notifications",
  [Reason.DO_NOT_DISTURB]: "It was inside your quiet hours",
  [Reason.STATUS]: "Your status was “do not disturb”",
  [Reason.VIEWING]: "You had the conversation on screen",
  [Reason.TAB_IN_USE]: "A banner was shown in the tab you were using",
  [Reason.IN_APP_OFF]: "You were using the application, but banners were switched off",
  [Reason.TAB_OPEN]: "Your browser was asked to show a notification",
  [Reason.AWAY]: "You were away, so it went to your devices as a push",
  [Reason.PUSH_OFF]: "You were away, and pushes were switched off",
  [Reason.PRESENCE_UNKNOWN]: "It was not known where you were, so the decision waited",
  [Reason.UNREAD_UNKNOWN]: "It was not known whether you had read it, so the decision waited",
};

/** What would be different with another setting; and where it is changed. */
export const ADVICE: Readonly<Partial<Record<Reason, { readonly text: string; readonly section: string }>>> = {
  [Reason.MUTED]: { text: "Unmute the conversation to be told of its messages again.", section: "conversations" },
  [Reason.LEVEL]: { text: "Choose “All messages” for this conversation to be told of everything.", section: "conversations" },
  [Reason.KIND_OFF]: { text: "Switch this kind of conversation on again under “What you are told of”.", section: "kinds" },
  [Reason.SNOOZED]: { text: "End the snooze to be told again.", section: "snooze" },
  [Reason.DO_NOT_DISTURB]: { text: "Change your quiet hours if you want to be told at this time.", section: "quiet" },
  [Reason.IN_APP_OFF]: { text: "Switch banners on to see them while you work here.", section: "here" },
  [Reason.PUSH_OFF]: { text: "Switch pushes on to be reached when you are away.", section: "push" },
};

/** A condition that was tried and did not hold. */
export const NOT_SO: Readonly<Partial<Record<Reason, string>>> = {
  [Reason.AUTHOR]: "Somebody else wrote it.",
  [Reason.NOT_A_MEMBER]: "You were in the conversation.",
  [Reason.DELETED]: "The message had not been deleted.",
  [Reason.READ]: "You had not read it yet.",
  [Reason.MUTED]: "The conversation was not muted for you.",
  [Reason.LEVEL]: "You had not asked for less from this conversation.",
  [Reason.KIND_OFF]: "This kind of conversation was switched on.",
  [Reason.SNOOZED]: "Notifications were not snoozed.",
  [Reason.DO_NOT_DISTURB]: "It was outside your quiet hours.",
  [Reason.STATUS]: "Your status was not “do not disturb”.",
  [Reason.VIEWING]: "No tab that you were using showed the conversation.",
  [Reason.TAB_IN_USE]: "No tab was in use.",
  [Reason.TAB_OPEN]: "No open tab could show a browser notification.",
};

/** A condition that held, and so decided. */
export const SO: Readonly<Record<Reason, string>> = {
  [Reason.UNSPECIFIED]: "",
  [Reason.AUTHOR]: "You wrote it. Nobody is told of their own messages.",
  [Reason.NOT_A_MEMBER]: "You had left the conversation, or had been removed from it.",
  [Reason.DELETED]: "The message had been deleted.",
  [Reason.READ]: "You had already read this far.",
  [Reason.MUTED]: "The conversation was muted for you.",
  [Reason.LEVEL]: "You had asked for less from this conversation.",
  [Reason.KIND_OFF]: "This kind of conversation was switched off.",
  [Reason.SNOOZED]: "Notifications were snoozed.",
  [Reason.DO_NOT_DISTURB]: "It was inside your quiet hours.",
  [Reason.STATUS]: "Your status was “do not disturb”.",
  [Reason.VIEWING]: "A tab that you were using showed the conversation. Nothing else is shown for what you are looking at.",
  [Reason.TAB_IN_USE]: "You were using a tab that showed something else: the place for a banner.",
  [Reason.IN_APP_OFF]: "You were using a tab, but banners were switched off.",
  [Reason.TAB_OPEN]: "A tab was open, none was in use, and the browser may notify you.",
  [Reason.AWAY]: "Nothing nearer could reach you: a push to every device.",
  [Reason.PUSH_OFF]: "Only a push could have reached you, and pushes were switched off.",
  [Reason.PRESENCE_UNKNOWN]: "Where you were could not be told just then.",
  [Reason.UNREAD_UNKNOWN]: "Whether you had read or muted it could not be told just then.",
};

/** What became of a delivery. */
export const STATES: Readonly<Record<notifier.DeliveryState, string>> = {
  [DeliveryState.UNSPECIFIED]: "",
  [DeliveryState.PENDING]: "Waiting",
  [DeliveryState.SENT]: "Taken by the push service",
  [DeliveryState.SUPPRESSED]: "Not sent",
  [DeliveryState.EXPIRED]: "Too late",
  [DeliveryState.DEAD]: "Refused for good",
};

/** Why a delivery ended as it did: the notifier's short reasons, in sentences. */
const ENDS: Readonly<Record<string, string>> = {
  "time to live": "it could not be sent before it was of no more use",
  unregistered: "the device had been signed out",
  "its browser is open": "its browser was open and tells you by itself",
  "takes nothing back in silence": "a browser's push cannot take anything back silently",
  "not shown": "nothing was shown there",
  "changed again": "the message was changed once more",
  "shown with this text": "it was shown with the new text already",
  "no sender": "this installation does not send to that push service",
  "sender failed": "the sender failed; it is tried again",
  author: "you wrote it",
  not_a_member: "you had left the conversation",
  deleted: "the message had been deleted",
  read: "you had read it",
  muted: "you had muted the conversation",
  level: "you had asked for less from the conversation",
  kind_off: "this kind of conversation was switched off",
  snoozed: "you had snoozed notifications",
  do_not_disturb: "it was inside your quiet hours",
  status: "your status was “do not disturb”",
  viewing: "you were looking at the conversation",
};

export function endOf(reason: string): string {
  return ENDS[reason] ?? reason;
}

/** What a push was to do on the device. */
export const ACTS: Readonly<Record<notifier.Act, string>> = {
  [Act.UNSPECIFIED]: "",
  [Act.SHOW]: "Show the message",
  [Act.REPLACE]: "Change the text",
  [Act.CLEAR]: "Take the notification back",
};

/** What a person is told of one conversation. */
export const LEVELS: Readonly<Record<notifier.Level, string>> = {
  [Level.UNSPECIFIED]: "As in my settings",
  [Level.ALL]: "All messages",
  [Level.MENTIONS]: "Only mentions of me",
  [Level.NOTHING]: "Nothing",
};

/** What a push service's answer means, where the status says it (RFC 8030, RFC 9110). */
export function answerOf(status: number, reason: string): string {
  const said = reason === "" ? String(status) : reason;
  if (status >= 200 && status < 300) return `accepted it (${said})`;
  if (status === 404 || status === 410) return `says that the device is no longer registered (${said})`;
  if (status === 401 || status === 403) return `did not accept this installation's key (${said})`;
  if (status === 413) return `found it too large (${said})`;
  if (status === 429) return `asked to slow down (${said})`;
  if (status >= 500) return `had a problem of its own (${said})`;
  if (status === 0) return `could not be asked: ${endOf(reason) || "no answer"}`;
  return `answered ${said}`;
}
