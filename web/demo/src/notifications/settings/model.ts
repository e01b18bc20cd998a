/** The settings as this page edits them, and as the contract names them. Pure. */
import { notifier, type PreferencesView } from "@conversations/client";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { QuietRange } from "../pure/quiet.js";
import { spanName } from "../pure/times.js";

const { PreferenceField } = notifier;

export interface Quiet {
  readonly ranges: readonly QuietRange[];
  /** An IANA name; empty for UTC. */
  readonly zone: string;
}

export interface Settings {
  readonly inApp: boolean;
  readonly browser: boolean;
  readonly push: boolean;
  readonly direct: boolean;
  readonly group: boolean;
  readonly item: boolean;
  readonly mentions: boolean;
  readonly mentionBreaksMute: boolean;
  readonly snoozedUntilMs: number;
  readonly quietHours: Quiet;
  readonly pushTiming: "when inactive" | "always";
  readonly escalationDelayMs: number;
}

export type SettingName = keyof Settings;

/** A choice of the person; not `own`: the company's default is to hold. */
export type Choice<V> = { readonly own: true; readonly value: V } | { readonly own: false };

export type Choices = { readonly [Name in SettingName]: Choice<Settings[Name]> };

export const FIELDS: Readonly<Record<SettingName, notifier.PreferenceField>> = {
  inApp: PreferenceField.IN_APP,
  browser: PreferenceField.BROWSER,
  push: PreferenceField.PUSH,
  direct: PreferenceField.DIRECT,
  group: PreferenceField.GROUP,
  item: PreferenceField.ITEM,
  mentions: PreferenceField.MENTIONS,
  mentionBreaksMute: PreferenceField.MENTION_BREAKS_MUTE,
  snoozedUntilMs: PreferenceField.SNOOZED_UNTIL_MS,
  quietHours: PreferenceField.QUIET_HOURS,
  pushTiming: PreferenceField.PUSH_TIMING,
  escalationDelayMs: PreferenceField.ESCALATION_DELAY_MS,
};

/** What holds, as the notifier answered it (in an answer everything is set). */
export function settingsOf(held: notifier.Preferences): Settings {
  return {
    inApp: held.inApp ?? true,
    browser: held.browser ?? true,
    push: held.push ?? true,
    direct: held.direct ?? true,
    group: held.group ?? true,
    item: held.item ?? true,
    mentions: held.mentions ?? true,
    mentionBreaksMute: held.mentionBreaksMute ?? false,
    snoozedUntilMs: Number(held.snoozedUntilMs ?? 0n),
    quietHours: {
      ranges: (held.quietHours?.hours ?? []).map(({ weekday, startMinute, endMinute }) => ({ weekday, startMinute, endMinute })),
      zone: held.quietHours?.timeZone ?? "",
    },
    pushTiming: held.pushTiming === notifier.PushTiming.ALWAYS ? "always" : "when inactive",
    escalationDelayMs: held.escalationDelayMs ?? 30_000,
  };
}

/** A request's part for one setting. */
export function patchOf<Name extends SettingName>(
  name: Name,
  value: Settings[Name],
): MessageInitShape<typeof notifier.PreferencesSchema> {
  const given: SettingName = name;
  switch (given) {
    case "snoozedUntilMs":
      return { snoozedUntilMs: BigInt(value as number) };
    case "quietHours": {
      const { ranges, zone } = value as Quiet;
      return { quietHours: { hours: [...ranges], timeZone: zone } };
    }
    case "pushTiming":
      return { pushTiming: value === "always" ? notifier.PushTiming.ALWAYS : notifier.PushTiming.WHEN_INACTIVE };
    default:
      return { [given]: value };
  }
}

/** Which settings the person has chosen. */
export function ownOf(view: Pick<PreferencesView, "own">): ReadonlySet<SettingName> {
  return new Set((Object.keys(FIELDS) as SettingName[]).filter((name) => view.own.includes(FIELDS[name])));
}

/** The delays that are offered, ms; what holds is always among them. */
export function delayChoices(held: number): { readonly ms: number; readonly label: string }[] {
  return [...new Set([10_000, 30_000, 60_000, 120_000, 300_000, 900_000, 3_600_000, held])]
    .sort((a, b) => a - b)
    .map((ms) => ({ ms, label: spanName(ms) }));
}
