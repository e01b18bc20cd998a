/** The keys that work everywhere, and the dialog that lists them. */
import { useEffect, useState, type ReactNode } from "react";
import { Dialog } from "../ui/Dialog.js";
import { navigate } from "./router.js";
import { useSession } from "./session.js";

/** A second key must follow "g" within this time, ms. */
const SECOND_KEY_MS = 1_200;

const LISTED: readonly (readonly [string, readonly (readonly [readonly string[], string])[]])[] = [
  [
    "Everywhere",
    [
      [["?"], "These shortcuts"],
      [["/"], "Search messages"],
      [["N"], "New conversation"],
      [["G", "H"], "Home"],
      [["G", "R"], "RFIs"],
      [["G", "S"], "Submittals"],
      [["G", "O"], "Change orders"],
      [["G", "P"], "Punch list"],
      [["G", "C"], "Conversations"],
      [["F6"], "The newest banner"],
      [["Esc"], "Close what is open, dismiss a banner"],
    ],
  ],
  [
    "In a list",
    [
      [["↑", "↓"], "The conversation above or below"],
      [["Enter"], "Open it"],
    ],
  ],
  [
    "While writing",
    [
      [["Enter"], "Send"],
      [["Shift", "Enter"], "A new line"],
      [["@"], "Mention somebody"],
      [["↑"], "Edit your last message, in an empty field"],
    ],
  ],
];

export function Shortcuts(): ReactNode {
  const { config } = useSession();
  const [shown, setShown] = useState(false);
  const project = `/projects/${config.project.id}`;
  useEffect(() => {
    const places: Readonly<Record<string, string>> = {
      h: `${project}/home`,
      r: `${project}/rfis`,
      s: `${project}/submittals`,
      o: `${project}/change-orders`,
      p: `${project}/punch`,
      c: "/conversations",
    };
    let goneAt = -Infinity;
    const tell = (name: "search" | "new"): void => {
      if (!location.pathname.startsWith("/conversations")) navigate("/conversations");
      // The page that listens is there only after it has been rendered.
      setTimeout(() => window.dispatchEvent(new Event(`gridline:${name}`)));
    };
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
      const { target } = event;
      if (!(target instanceof HTMLElement) || target.closest("input, textarea, select, [contenteditable], dialog, [popover]")) return;
      const key = event.key.toLowerCase();
      const place = event.timeStamp - goneAt < SECOND_KEY_MS ? places[key] : undefined;
      goneAt = -Infinity;
      if (place !== undefined) navigate(place);
      else if (event.key === "?") setShown(true);
      else if (key === "/") tell("search");
      else if (key === "n") tell("new");
      else if (key === "g") {
        goneAt = event.timeStamp;
        return;
      } else return;
      event.preventDefault();
    };
    const show = (): void => {
      setShown(true);
    };
    window.addEventListener("keydown", press);
    window.addEventListener("gridline:shortcuts", show);
    return () => {
      window.removeEventListener("keydown", press);
      window.removeEventListener("gridline:shortcuts", show);
    };
  }, [project]);
  if (!shown) return null;
  return (
    <Dialog
      title="Keyboard shortcuts"
      onClose={() => {
        setShown(false);
      }}
    >
      {LISTED.map(([where, keys]) => (
        <section key={where}>
          <h3>{where}</h3>
          <dl className="shortcuts">
            {keys.map(([names, what]) => (
              <div key={what}>
                <dt>{what}</dt>
                <dd>
                  {names.map((name) => (
                    <kbd key={name}>{name}</kbd>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
