/** Nothing for a while. */
import { Moon } from "lucide-react";
import { useState, type SubmitEvent, type ReactNode } from "react";
import { snoozeChoices, tomorrowMorning } from "../pure/snooze.js";
import { inputOf, instantOfInput, minuteName, minuteOfInput, momentName, spanName, type Style } from "../pure/times.js";
import { useNow } from "../useNow.js";
import { Saving, Section } from "./rows.js";
import { TimeField } from "./TimeField.js";
import type { Shown } from "./useSettings.js";

export function SnoozeSection({ setting, style }: { readonly setting: Shown<number>; readonly style: Style }): ReactNode {
  const now = useNow(10_000);
  const [custom, setCustom] = useState(false);
  const snoozed = setting.value > now;
  return (
    <Section id="snooze" title="Snooze" lead="Hold everything back for a while. Messages still count in the badge; you are only not told of them.">
      <div className="set-row" data-setting="snoozedUntilMs">
        {snoozed ? (
          <div className="set-main set-snoozed">
            <span className="set-icon">
              <Moon size={18} aria-hidden="true" />
            </span>
            <p className="set-words">
              <strong>Snoozed until {momentName(setting.value, now, style)}</strong>
              <span className="hint">{spanName(setting.value - now)} left. You are told of nothing new until then.</span>
            </p>
            <button
              type="button"
              className="button"
              onClick={() => {
                setting.set(0);
              }}
            >
              End now
            </button>
          </div>
        ) : (
          <>
            <div className="set-choices" role="group" aria-label="Snooze for">
              {snoozeChoices(now, style.zone).map(({ label }, index) => (
                <button
                  key={label}
                  type="button"
                  className="button"
                  onClick={() => {
                    // Counted from the click, not from when the page was drawn.
                    const choice = snoozeChoices(Date.now(), style.zone)[index];
                    if (choice) setting.set(choice.until);
                  }}
                >
                  {label}
                </button>
              ))}
              <button
                type="button"
                className="button"
                aria-expanded={custom}
                onClick={() => {
                  setCustom(!custom);
                }}
              >
                Until…
              </button>
            </div>
            {custom ? (
              <Custom
                style={style}
                onChoose={(until) => {
                  setCustom(false);
                  setting.set(until);
                }}
              />
            ) : null}
          </>
        )}
        <Saving setting={setting} />
      </div>
    </Section>
  );
}

function Custom({ style, onChoose }: { readonly style: Style; readonly onChoose: (until: number) => void }): ReactNode {
  const [{ date, minute }, setChoice] = useState(() => {
    const [day = "", time = ""] = inputOf(tomorrowMorning(Date.now(), style.zone), style.zone).split("T");
    return { date: day, minute: minuteOfInput(time) ?? 480 };
  });
  const [why, setWhy] = useState("");
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const until = instantOfInput(`${date}T${minuteName(minute, false)}`, style.zone);
    if (until === null) setWhy("Choose a day.");
    else if (until <= Date.now()) setWhy("That is over already. Choose a time in the future.");
    else onChoose(until);
  };
  return (
    <form className="set-custom" onSubmit={submit}>
      <label className="unseen" htmlFor="snooze-day">
        Snooze until day
      </label>
      <input
        id="snooze-day"
        type="date"
        className="field"
        required
        value={date}
        onChange={(event) => {
          setChoice({ date: event.target.value, minute });
        }}
      />
      <TimeField
        label="Snooze until time"
        minute={minute}
        onChange={(chosen) => {
          setChoice({ date, minute: chosen });
        }}
      />
      <button type="submit" className="button primary">
        Snooze
      </button>
      {why === "" ? null : (
        <p className="problem" role="alert">
          {why}
        </p>
      )}
    </form>
  );
}
