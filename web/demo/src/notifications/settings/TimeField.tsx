/** A time of day as the rest of the application writes it, with 24 hours, however it is typed. */
import { useState, type ReactNode } from "react";
import { parseTime } from "../pure/clock.js";
import { minuteName } from "../pure/times.js";

export function TimeField(props: {
  readonly label: string;
  /** Minutes after midnight. */
  readonly minute: number;
  readonly onChange: (minute: number) => void;
  readonly id?: string;
}): ReactNode {
  const { minute, onChange, label, id } = props;
  const [typed, setTyped] = useState<string | null>(null);
  const wrong = typed !== null && parseTime(typed) === null;
  const take = (): void => {
    const read = typed === null ? null : parseTime(typed);
    setTyped(null);
    if (read !== null && read !== minute) onChange(read);
  };
  return (
    <input
      id={id}
      className="field set-time"
      inputMode="numeric"
      autoComplete="off"
      aria-label={label}
      aria-invalid={wrong ? true : undefined}
      maxLength={8}
      value={typed ?? minuteName(minute, false)}
      onFocus={(event) => {
        event.currentTarget.select();
      }}
      onChange={(event) => {
        setTyped(event.target.value);
      }}
      onBlur={take}
      onKeyDown={(event) => {
        const steps: Record<string, number> = { ArrowUp: 15, ArrowDown: -15 };
        const step = steps[event.key];
        if (event.key === "Enter") take();
        else if (event.key === "Escape") setTyped(null);
        else if (step !== undefined && !wrong) {
          event.preventDefault();
          const from = (typed === null ? null : parseTime(typed)) ?? minute;
          setTyped(minuteName((from + step + 1440) % 1440, false));
        }
      }}
    />
  );
}
