/** An explanation of the notifier as a story that a person can follow: what was asked, what was seen, what was done. */
import { notifier } from "@conversations/client";
import { exactTime, momentName, spanName, type Style } from "./times.js";
import { weekName, type QuietRange } from "./quiet.js";
import { ACTS, ADVICE, answerOf, endOf, HEADLINES, LEVELS, NOT_SO, QUESTIONS, SO, STATES, SURFACES } from "./words.js";
import { zoneName } from "./zones.js";

const { Surface, Reason, DeliveryState, Act, Level } = notifier;

/** Who reads the story, and where. */
export interface Reader {
  /** The client of the browser that shows it, so that it can be called "this browser". */
  readonly client: string;
  readonly tab: string;
  /** How far the person has read the conversation by now. */
  readonly read: number;
  readonly now: number;
  readonly style: Style;
  /** Who wrote the message. */
  readonly author: string;
}

export type Tone = "good" | "held" | "waiting" | "bad" | "plain";

/** A condition of a row. */
export interface Condition {
  readonly held: boolean;
  readonly text: string;
}

/** One question of the decision table. */
export interface Question {
  readonly row: number;
  readonly question: string;
  readonly answer: "yes" | "no";
  readonly conditions: readonly Condition[];
}

/** Something that happened, in order of time. */
export interface Happening {
  readonly at: number;
  readonly time: string;
  readonly tone: Tone;
  readonly title: string;
  readonly details: readonly string[];
}

/** A browser as the decision saw it. */
export interface SeenBrowser {
  readonly name: string;
  readonly facts: readonly string[];
  readonly tabs: readonly string[];
}

export interface Story {
  readonly surface: "none" | "banner" | "browser" | "push";
  /** Where it was told, in order of time. */
  readonly chips: readonly string[];
  readonly headline: string;
  readonly tone: Tone;
  /** What came of it since: read, escalated, taken back. */
  readonly outcome: string;
  readonly advice: { readonly text: string; readonly section: string } | null;
  readonly questions: readonly Question[];
  readonly browsers: readonly SeenBrowser[];
  readonly preferences: readonly string[];
  readonly happenings: readonly Happening[];
}

export function storyOf(explanation: notifier.Explanation, reader: Reader): Story {
  const decision = explanation.decision;
  const reason = decision?.reason ?? Reason.UNSPECIFIED;
  const surface = surfaceOf(decision?.surface ?? Surface.NONE);
  return {
    surface,
    chips: [decision, ...explanation.escalations]
      .map((one) => SURFACES[one?.surface ?? Surface.NONE])
      .filter((chip, index, all) => chip !== all[index - 1]),
    headline: HEADLINES[reason],
    tone: surface === "none" ? (WAITED.has(reason) ? "waiting" : reason === Reason.VIEWING ? "good" : "held") : "good",
    outcome: outcomeOf(explanation, reader),
    advice: adviceOf(explanation),
    questions: questionsOf(explanation, reader),
    browsers: (explanation.facts?.clients ?? []).map((client, index) => browserOf(client, index, reader)),
    preferences: preferencesOf(explanation, reader),
    happenings: happeningsOf(explanation, reader),
  };
}

/** The library says a year for "no input yet", ms. */
const NEVER_MS = 30 * 86_400_000;

const WAITED = new Set<notifier.Reason>([Reason.PRESENCE_UNKNOWN, Reason.UNREAD_UNKNOWN]);

export function surfaceOf(surface: notifier.Surface): Story["surface"] {
  if (surface === Surface.BANNER) return "banner";
  if (surface === Surface.BROWSER) return "browser";
  return surface === Surface.PUSH ? "push" : "none";
}

function questionsOf(explanation: notifier.Explanation, reader: Reader): Question[] {
  const rows = new Map<number, notifier.Step[]>();
  for (const step of explanation.path) rows.set(step.row, [...(rows.get(step.row) ?? []), step]);
  return [...rows].map(([row, steps]) => {
    const held = steps.some((step) => step.held);
    // "Is there anything to tell" and "do you want to be told" are answered with no if a condition holds.
    const negated = row === 1 || row === 2 || steps.some((step) => step.held && NEGATIVE.has(step.condition));
    return {
      row,
      question: QUESTIONS[row] ?? `Row ${String(row)}`,
      answer: held !== negated ? "yes" : "no",
      conditions: steps.map((step) => ({ held: step.held, text: conditionOf(step, explanation, reader) })),
    };
  });
}

/** Conditions whose holding answers the question of rows 3 to 6 with no. */
const NEGATIVE = new Set<notifier.Reason>([Reason.PUSH_OFF, Reason.PRESENCE_UNKNOWN, Reason.UNREAD_UNKNOWN]);

function conditionOf(step: notifier.Step, explanation: notifier.Explanation, reader: Reader): string {
  const { facts, number } = explanation;
  const { held, condition } = step;
  const plain = held ? SO[condition] : (NOT_SO[condition] ?? SO[condition]);
  if (facts === undefined) return plain;
  const preferences = facts.preferences;
  switch (condition) {
    case Reason.READ:
      if (facts.read === 0n && !held) return plain;
      return `${plain} You had read up to message ${String(facts.read)}; this is message ${String(number)}.`;
    case Reason.MUTED:
      if (facts.mutedUntilMs === 0n) return plain;
      if (held) return `The conversation was muted for you ${untilName(facts.mutedUntilMs, reader)}.`;
      return Number(facts.mutedUntilMs) > Number(explanation.decidedAtMs)
        ? "The conversation was muted, but the message mentions you, and your mentions break through."
        : "A mute of this conversation had run out.";
    case Reason.LEVEL:
      if (facts.level === Level.UNSPECIFIED) return plain;
      return held
        ? `For this conversation you had chosen “${LEVELS[facts.level]}”${facts.level === Level.MENTIONS ? ", and this message does not mention you" : ""}.`
        : `For this conversation you had chosen “${LEVELS[facts.level]}”${facts.level === Level.ALL ? "" : ", and this message mentions you"}.`;
    case Reason.KIND_OFF:
      return held ? `${plain} The message ${facts.mentioned ? "mentions" : "does not mention"} you.` : plain;
    case Reason.SNOOZED:
      return held && preferences?.snoozedUntilMs
        ? `Notifications were snoozed ${untilName(preferences.snoozedUntilMs, reader)}.`
        : plain;
    case Reason.DO_NOT_DISTURB: {
      const hours = rangesOf(preferences?.quietHours);
      if (hours.length === 0) return held ? plain : "You had set no quiet hours.";
      const zone = preferences?.quietHours?.timeZone ?? "";
      return `${plain} They were: ${weekName(hours, reader.style.hour12)}, ${zoneName(zone)} time.`;
    }
    case Reason.IN_APP_OFF:
      return preferences?.inApp === false ? "You were using a tab, but banners were switched off in your settings." : "You were using a tab, but banners were switched off on that browser.";
    case Reason.TAB_IN_USE:
      return held ? plain : notInUse(facts);
    case Reason.TAB_OPEN:
      return held ? plain : notOpen(facts);
    default:
      return plain;
  }
}

/** Why no tab was in use. */
function notInUse(facts: notifier.DecisionFacts): string {
  const tabs = facts.clients.flatMap((client) => client.tabs);
  if (tabs.length === 0) return "The application was not open in any browser of yours.";
  const focused = tabs.find((tab) => tab.focused);
  if (focused === undefined) return `${open(tabs.length)}, but none had the focus.`;
  const age = Number(focused.inputAgeMs);
  if (age > NEVER_MS) return "A tab had the focus, but nobody had touched it yet.";
  return `A tab had the focus, but nobody had touched it for ${spanName(age)}.`;
}

/** Why no browser could notify. */
function notOpen(facts: notifier.DecisionFacts): string {
  const tabs = facts.clients.flatMap((client) => client.tabs);
  if (tabs.length === 0) return "The application was not open in any browser of yours.";
  if (facts.preferences?.browser === false) return "A tab was open, but browser notifications were switched off in your settings.";
  return `${open(tabs.length)}, but the browser had no permission to notify you.`;
}

function open(count: number): string {
  return count === 1 ? "One tab was open" : `${String(count)} tabs were open`;
}

function untilName(until: bigint, reader: Reader): string {
  if (until >= BigInt(Number.MAX_SAFE_INTEGER) - 1n) return "until you turn it back on";
  return `until ${momentName(Number(until), reader.now, reader.style)}`;
}

export function rangesOf(week: notifier.Week | undefined): QuietRange[] {
  return (week?.hours ?? []).map(({ weekday, startMinute, endMinute }) => ({ weekday, startMinute, endMinute }));
}

function browserOf(client: notifier.SeenClient, index: number, reader: Reader): SeenBrowser {
  return {
    name: client.client === reader.client ? "This browser" : index === 0 ? "A browser" : `Another browser (${String(index + 1)})`,
    facts: [
      client.mayNotify ? "may show notifications" : "may not show notifications",
      ...(client.inAppOff ? ["banners switched off here"] : []),
    ],
    tabs: client.tabs.map((tab) => {
      const name = tab.tab === reader.tab ? "This tab" : "A tab";
      const look = tab.focused ? "in front, with the focus" : tab.visible ? "visible, without the focus" : "in the background";
      const age = Number(tab.inputAgeMs);
      const input = age > NEVER_MS ? "not touched yet" : `last touched ${spanName(age)} before`;
      const used = tab.inUse ? "in use" : "not in use";
      return `${name}: ${used} (${look}; ${input})${tab.conversationOpen ? ", showed this conversation" : ""}`;
    }),
  };
}

function preferencesOf(explanation: notifier.Explanation, reader: Reader): string[] {
  const facts = explanation.facts;
  const held = facts?.preferences;
  if (facts === undefined || held === undefined) return [];
  const on = (value: boolean | undefined): string => (value === false ? "off" : "on");
  const zone = held.quietHours?.timeZone ?? "";
  const quiet = weekName(rangesOf(held.quietHours), reader.style.hour12);
  return [
    `Banners ${on(held.inApp)}, browser notifications ${on(held.browser)}, pushes ${on(held.push)}`,
    `Direct ${on(held.direct)}, groups ${on(held.group)}, items ${on(held.item)}, mentions ${on(held.mentions)}`,
    held.mentionBreaksMute === true ? "Mentions break through a mute" : "Mentions do not break through a mute",
    quiet === "never" ? "No quiet hours" : `Quiet ${quiet}, ${zoneName(zone)} time`,
    held.pushTiming === notifier.PushTiming.ALWAYS ? "Pushes always, at once" : "Pushes only when you are not active",
    `Looked at again after ${spanName(held.escalationDelayMs ?? 30_000)} if still unread`,
    ...(facts.level === Level.UNSPECIFIED ? [] : [`This conversation: ${LEVELS[facts.level]}`]),
    facts.mentioned ? "The message mentions you" : "The message does not mention you",
  ];
}

function adviceOf(explanation: notifier.Explanation): Story["advice"] {
  const decision = explanation.escalations.at(-1) ?? explanation.decision;
  if (decision === undefined) return null;
  const found = ADVICE[decision.reason];
  if (found) return found;
  if (decision.surface === Surface.PUSH && explanation.deliveries.length === 0) {
    return { text: "Add a phone or switch on push on this browser, so that there is something to push to.", section: "push" };
  }
  return null;
}

/** That it was told somewhere else later, because it stayed unread. */
function laterOf({ decision, escalations, decidedAtMs }: notifier.Explanation): string {
  const last = escalations.at(-1);
  if (last === undefined || decision === undefined || last.surface === decision.surface) return "";
  const after = spanName(Number(last.atMs - decidedAtMs));
  const waited = WAITED.has(decision.reason);
  const why = waited ? "" : "It stayed unread and you had left, so ";
  switch (surfaceOf(last.surface)) {
    case "push":
      return `${why}${waited ? "It" : "it"} went to your devices as a push ${after} later. `;
    case "browser":
      return `${why}${waited ? "It" : "it"} was shown by your browser ${after} later. `;
    case "banner":
      return `It was shown as a banner ${after} later. `;
    case "none":
      return `${after} later nothing was to be shown any more: ${lower(HEADLINES[last.reason])}. `;
  }
}

function outcomeOf(explanation: notifier.Explanation, reader: Reader): string {
  if (explanation.decision?.reason === Reason.AUTHOR) return "";
  return laterOf(explanation) + endingOf(explanation, reader);
}

function endingOf(explanation: notifier.Explanation, reader: Reader): string {
  if (explanation.deleted) return "It was deleted since, and everything that showed it was taken back.";
  if (reader.read >= Number(explanation.number)) return "You have read it since. Whatever still showed it was taken back.";
  if (explanation.checkPending) return "It is still unread; if you leave, it is looked at again.";
  return "It is still unread.";
}

function happeningsOf(explanation: notifier.Explanation, reader: Reader): Happening[] {
  const { style } = reader;
  const at = (ms: bigint): Pick<Happening, "at" | "time"> => ({ at: Number(ms), time: exactTime(Number(ms), style) });
  const happenings: Happening[] = [
    { ...at(explanation.sentAtMs), tone: "plain", title: `${reader.author} wrote the message`, details: [] },
  ];
  if (explanation.decision) {
    happenings.push({
      ...at(explanation.decidedAtMs),
      ...toldOf(explanation.decision, explanation, reader),
    });
  }
  for (const later of explanation.escalations) {
    const told = toldOf(later, explanation, reader);
    happenings.push({ ...at(later.atMs), ...told, title: `Looked at again: ${lower(told.title)}` });
  }
  for (const delivery of explanation.deliveries) happenings.push(...deliveryOf(delivery, reader));
  const order = new Map(happenings.map((one, index) => [one, index]));
  return happenings.sort((a, b) => a.at - b.at || (order.get(a) ?? 0) - (order.get(b) ?? 0));
}

function toldOf(
  decision: notifier.Decision,
  explanation: notifier.Explanation,
  reader: Reader,
): Pick<Happening, "tone" | "title" | "details"> {
  const place = decision.client === "" ? "" : decision.client === reader.client ? " on this browser" : " on another browser";
  const details = [SO[decision.reason]];
  if (decision.pushBeside) details.push("A push left beside it, because your push timing is “Always”.");
  if ((decision.surface === Surface.PUSH || decision.pushBeside) && explanation.deliveries.length === 0) {
    details.push("You had no registered device, so nothing could be sent.");
  }
  const surface = surfaceOf(decision.surface);
  const title =
    surface === "none"
      ? WAITED.has(decision.reason)
        ? "Decided to wait"
        : "Decided to show nothing"
      : surface === "push"
        ? "Decided to push to your devices"
        : surface === "banner"
          ? `Decided to show a banner${place}`
          : `Decided to show a browser notification${place}`;
  return { tone: surface === "none" ? (WAITED.has(decision.reason) ? "waiting" : "held") : "good", title, details };
}

function deliveryOf(delivery: notifier.Delivery, reader: Reader): Happening[] {
  const device = deviceName(delivery.device, reader.client);
  const answered = delivery.answers.map((answer): Happening => ({
    at: Number(answer.atMs),
    time: exactTime(Number(answer.atMs), reader.style),
    tone: (answer.status >= 200 && answer.status < 300 ? "good" : "bad"),
    title: `${ACTS[delivery.act]} on ${device}: the push service ${answerOf(answer.status, answer.reason)}`,
    details:
      delivery.collapsedInto === "" ? [] : ["Sent together with other messages of a burst, as one push with their count."],
  }));
  const final = {
    at: Number(delivery.atMs),
    time: exactTime(Number(delivery.atMs), reader.style),
  };
  switch (delivery.state) {
    case DeliveryState.SENT:
      return answered.length > 0
        ? answered
        : [{ ...final, tone: "good", title: `${ACTS[delivery.act]} on ${device}: taken by the push service`, details: [] }];
    case DeliveryState.PENDING:
      return [
        ...answered,
        {
          ...final,
          tone: "waiting",
          title: `${ACTS[delivery.act]} on ${device}: ${answered.length > 0 ? "tried again then" : "waiting to be sent"}`,
          details: [],
        },
      ];
    default:
      if (delivery.act !== Act.SHOW && delivery.state === DeliveryState.SUPPRESSED && delivery.reason !== "unregistered") {
        // Nothing was to be replaced or taken back there: no step of the story.
        return answered;
      }
      return [
        ...answered,
        {
          ...final,
          tone: delivery.state === DeliveryState.SUPPRESSED ? "held" : "bad",
          title: `${ACTS[delivery.act]} on ${device}: ${lower(STATES[delivery.state])}, ${endOf(delivery.reason)}`,
          details: [],
        },
      ];
  }
}

/** How a device is called: the contract knows it by its id only. */
export function deviceName(device: string, client: string): string {
  if (device === client) return "this browser";
  return /^[0-9a-f]{8}-[0-9a-f]{4}-/.test(device) ? "another browser" : `“${device}”`;
}

function lower(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
