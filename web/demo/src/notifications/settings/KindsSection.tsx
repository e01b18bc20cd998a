/** What a person is told of, and when pushes leave. */
import { AtSign, ClipboardList, MessageSquare, Users, VolumeX } from "lucide-react";
import { useId, type ReactNode } from "react";
import { delayChoices } from "./model.js";
import { Row, Section, SwitchRow } from "./rows.js";
import type { SettingsState } from "./useSettings.js";

const ICON = { size: 18, "aria-hidden": true } as const;

export function KindsSection({ settings }: { readonly settings: SettingsState }): ReactNode {
  return (
    <Section id="kinds" title="What you are told of" lead="What is switched off still counts in the badge.">
      <SwitchRow setting={settings.of("direct")} icon={<MessageSquare {...ICON} />} title="Direct messages" hint="From one person to you." />
      <SwitchRow setting={settings.of("group")} icon={<Users {...ICON} />} title="Groups" hint="Conversations with several people." />
      <SwitchRow
        setting={settings.of("item")}
        icon={<ClipboardList {...ICON} />}
        title="Items"
        hint="Conversations about an RFI, a submittal, a change order or a punch item."
      />
      <SwitchRow
        setting={settings.of("mentions")}
        icon={<AtSign {...ICON} />}
        title="Mentions"
        hint="A message that mentions you, although its kind is switched off."
      />
      <SwitchRow
        setting={settings.of("mentionBreaksMute")}
        icon={<VolumeX {...ICON} />}
        title="Mentions in muted conversations"
        hint="A mention breaks through a mute, and through “Nothing” for a conversation."
      />
    </Section>
  );
}

const TIMINGS = [
  {
    value: "when inactive",
    title: "When I am not active",
    hint: "Only if no tab could show the message, or if it is still unread after you have left. Your phone stays silent while you work here.",
  },
  { value: "always", title: "Always", hint: "At once, beside the banner or the browser notification too." },
] as const;

export function TimingSection({ settings }: { readonly settings: SettingsState }): ReactNode {
  const timing = settings.of("pushTiming");
  const delay = settings.of("escalationDelayMs");
  const name = useId();
  return (
    <Section id="push" title="When pushes leave">
      <Row title="Pushes leave" setting={timing}>
        <div role="radiogroup" aria-label="Pushes leave" className="set-radios">
          {TIMINGS.map(({ value, title, hint }, index) => (
            <label key={value} className="set-radio">
              <input
                type="radio"
                name={name}
                aria-labelledby={`${name}-${String(index)}`}
                aria-describedby={`${name}-${String(index)}-hint`}
                checked={timing.value === value}
                onChange={() => {
                  timing.set(value);
                }}
              />
              <span>
                <span className="set-title" id={`${name}-${String(index)}`}>
                  {title}
                </span>
                <span className="hint" id={`${name}-${String(index)}-hint`}>
                  {hint}
                </span>
              </span>
            </label>
          ))}
        </div>
      </Row>
      <Row
        title="If you walk away"
        hint="What was shown here and is still unread becomes a push after this time, once no tab is in use any more."
        setting={delay}
        control={({ id, hint }) => (
          <select
            id={id}
            aria-describedby={hint}
            className="field"
            value={delay.value}
            onChange={(event) => {
              delay.set(Number(event.target.value));
            }}
          >
            {delayChoices(delay.value).map(({ ms, label }) => (
              <option key={ms} value={ms}>
                {label}
              </option>
            ))}
          </select>
        )}
      />
    </Section>
  );
}
