/** Weekly quiet hours, by the wall clock of the person's time zone. */
import { Plus, X } from "lucide-react";
import { useId, useMemo, type ReactNode } from "react";
import { MOST_RANGES, overlaps, overnight, quietSentences, weekName, type QuietRange } from "../pure/quiet.js";
import { WEEKDAYS, timeName, type Style } from "../pure/times.js";
import { allZones, browserZone, isZone, offsetName, zoneName } from "../pure/zones.js";
import { useNow } from "../useNow.js";
import type { Quiet } from "./model.js";
import { Origin, Saving, Section } from "./rows.js";
import { TimeField } from "./TimeField.js";
import type { Shown } from "./useSettings.js";

const NIGHT = { startMinute: 1080, endMinute: 420 };
const WHOLE = { startMinute: 0, endMinute: 0 };

/** What is filled in at a click. */
const PRESETS: readonly { readonly label: string; readonly ranges: readonly QuietRange[] }[] = [
  { label: "Every night, 18:00 to 07:00", ranges: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, ...NIGHT })) },
  {
    label: "Week nights and weekends",
    ranges: [
      ...[1, 2, 3, 4].map((weekday) => ({ weekday, ...NIGHT })),
      { weekday: 5, startMinute: 1080, endMinute: 0 },
      ...[6, 7].map((weekday) => ({ weekday, ...WHOLE })),
      { weekday: 1, startMinute: 0, endMinute: 420 },
    ],
  },
];

export function QuietSection({ setting, style }: { readonly setting: Shown<Quiet>; readonly style: Style }): ReactNode {
  const { ranges, zone } = setting.value;
  const now = useNow(30_000);
  const set = (changed: readonly QuietRange[]): void => {
    // Who begins with UTC has not thought of zones: the browser's is meant.
    const first = ranges.length === 0 && !setting.own && (zone === "" || zone === "UTC");
    setting.set({ zone: first ? browserZone() : zone, ranges: sorted(changed) });
  };
  const sentences = quietSentences(ranges, { ...style, zone: zone || "UTC" }, now);
  return (
    <Section
      id="quiet"
      title="Quiet hours"
      lead="In these hours you are told of nothing, week after week. Messages still count in the badge."
    >
      <div className="set-row" data-setting="quietHours">
        <div className="set-choices" role="group" aria-label="Fill in">
          {PRESETS.map((preset) => (
            <button
              key={preset.label}
              type="button"
              className="button"
              onClick={() => {
                set(preset.ranges);
              }}
            >
              {preset.label}
            </button>
          ))}
          {ranges.length === 0 ? null : (
            <button
              type="button"
              className="button quiet"
              onClick={() => {
                set([]);
              }}
            >
              Clear all
            </button>
          )}
        </div>
        <ul className="quiet-week">
          {WEEKDAYS.map((name, index) => (
            <Day key={name} name={name} weekday={index + 1} ranges={ranges} onChange={set} />
          ))}
        </ul>
        {overlaps(ranges) ? <p className="hint">Some of these hours overlap. They simply count once.</p> : null}
      </div>
      <div className="set-row">
        <Zone setting={setting} now={now} style={style} />
        <div className="quiet-next" data-testid="quiet-next">
          {ranges.length === 0 ? null : <p className="quiet-sum">{capital(weekName(ranges, style.hour12))}.</p>}
          {sentences.map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
        </div>
        <Origin setting={setting} title="Quiet hours" />
        <Saving setting={setting} />
      </div>
    </Section>
  );
}

interface DayProps {
  readonly name: string;
  readonly weekday: number;
  readonly ranges: readonly QuietRange[];
  readonly onChange: (ranges: readonly QuietRange[]) => void;
}

function Day({ name, weekday, ranges, onChange }: DayProps): ReactNode {
  const mine = ranges.filter((range) => range.weekday === weekday);
  return (
    <li className="quiet-day" data-weekday={weekday}>
      <span className="quiet-name">{name}</span>
      <div className="quiet-ranges">
        {mine.length === 0 ? <span className="hint quiet-none">No quiet hours</span> : null}
        {mine.map((range, index) => {
          const which = mine.length > 1 ? ` ${String(index + 1)}` : "";
          const change = (changed: Partial<QuietRange>): void => {
            onChange(ranges.map((one) => (one === range ? { ...one, ...changed } : one)));
          };
          return (
            <span className="quiet-range" key={index}>
              <TimeField
                label={`${name}${which} from`}
                minute={range.startMinute}
                onChange={(startMinute) => {
                  change({ startMinute });
                }}
              />
              <span aria-hidden="true">–</span>
              <TimeField
                label={`${name}${which} to`}
                minute={range.endMinute}
                onChange={(endMinute) => {
                  change({ endMinute });
                }}
              />
              <span className="quiet-over">{endWords(range)}</span>
              <button
                type="button"
                className="icon-button small"
                aria-label={`Remove ${name}${which}`}
                onClick={() => {
                  onChange(ranges.filter((one) => one !== range));
                }}
              >
                <X size={14} aria-hidden="true" />
              </button>
            </span>
          );
        })}
      </div>
      <button
        type="button"
        className="icon-button small"
        aria-label={`Add quiet hours on ${name}`}
        title="Add hours"
        disabled={ranges.length >= MOST_RANGES}
        onClick={() => {
          onChange([...ranges, { weekday, ...(mine.length === 0 ? NIGHT : { startMinute: 720, endMinute: 780 }) }]);
        }}
      >
        <Plus size={15} aria-hidden="true" />
      </button>
    </li>
  );
}

/** What an end means that is not simply later on the same day. */
function endWords(range: QuietRange): string {
  if (!overnight(range)) return "";
  if (range.endMinute !== 0) return "next day";
  return range.startMinute === 0 ? "all day" : "midnight";
}

function Zone(props: { readonly setting: Shown<Quiet>; readonly now: number; readonly style: Style }): ReactNode {
  const { setting, now, style } = props;
  const id = useId();
  const { zone, ranges } = setting.value;
  const mine = browserZone();
  const zones = useMemo(() => groups(zone), [zone]);
  const choose = (chosen: string): void => {
    setting.set({ ranges, zone: chosen === "UTC" ? "" : chosen } satisfies Quiet);
  };
  const name = zone || "UTC";
  return (
    <div className="quiet-zone">
      <label className="label" htmlFor={id}>
        Time zone
      </label>
      <div className="quiet-zone-line">
        <select
          id={id}
          className="field"
          value={name}
          onChange={(event) => {
            choose(event.target.value);
          }}
        >
          {zones.map(([region, names]) => (
            <optgroup key={region} label={region}>
              {names.map((one) => (
                <option key={one} value={one}>
                  {zoneName(one)}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
        <span className="hint">
          {isZone(name) ? `${offsetName(name, now)}, now ${timeName(now, { ...style, zone: name })}` : "not known to this browser"}
        </span>
      </div>
      {mine === name ? null : (
        <p className="hint">
          This browser is in {zoneName(mine)} ({offsetName(mine, now)}).{" "}
          <button
            type="button"
            className="set-link"
            onClick={() => {
              choose(mine);
            }}
          >
            Use {zoneName(mine)}
          </button>
        </p>
      )}
    </div>
  );
}

/** The zones by region; one that this browser does not know but that is set stands among them. */
function groups(held: string): [string, string[]][] {
  const all = allZones();
  if (held !== "" && !all.includes(held)) all.push(held);
  const byRegion = new Map<string, string[]>();
  for (const zone of all) {
    const region = zone.includes("/") ? (zone.split("/")[0] ?? "") : "General";
    byRegion.set(region, [...(byRegion.get(region) ?? []), zone]);
  }
  return [...byRegion];
}

function sorted(ranges: readonly QuietRange[]): QuietRange[] {
  return [...ranges].sort((a, b) => a.weekday - b.weekday || a.startMinute - b.startMinute);
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
