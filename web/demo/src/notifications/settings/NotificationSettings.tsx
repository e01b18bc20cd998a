/** The page where a person says how they want to be told. */
import { CircleHelp } from "lucide-react";
import { useEffect, type ReactNode } from "react";
import { Link } from "../../app/router.js";
import { useTitle } from "../../app/title.js";
import { browserStyle } from "../pure/times.js";
import { ConversationsSection } from "./ConversationsSection.js";
import { KindsSection, TimingSection } from "./KindsSection.js";
import { QuietSection } from "./QuietSection.js";
import { SnoozeSection } from "./SnoozeSection.js";
import { SurfacesSection } from "./SurfacesSection.js";
import { useSettings, type SettingsState } from "./useSettings.js";

const PARTS = [
  ["snooze", "Snooze"],
  ["here", "Where you are told"],
  ["kinds", "What you are told of"],
  ["push", "When pushes leave"],
  ["quiet", "Quiet hours"],
  ["conversations", "Single conversations"],
] as const;

export function NotificationSettings(): ReactNode {
  useTitle("Notifications");
  const settings = useSettings();
  return (
    <div className="set-page">
      <header className="set-head">
        <h1>Notifications</h1>
        <p className="set-lead">How you are told of new messages. What you have not chosen follows your company.</p>
        <Link to="/settings/notifications/why" className="button">
          <CircleHelp size={16} aria-hidden="true" />
          Why was I not notified?
        </Link>
      </header>
      {settings.state === "shown" ? (
        <Parts settings={settings} />
      ) : settings.state === "failed" ? (
        <div className="empty" role="alert">
          <strong>Your settings could not be read</strong>
          <p>{settings.why}</p>
          <button type="button" className="button" onClick={settings.reload}>
            Try again
          </button>
        </div>
      ) : (
        <p className="set-loading hint" role="status">
          Reading your settings…
        </p>
      )}
    </div>
  );
}

function Parts({ settings }: { readonly settings: SettingsState }): ReactNode {
  const style = browserStyle();
  useEffect(() => {
    // The sections exist only now, so that the browser could not go to the one that the address names.
    if (location.hash !== "") document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, []);
  return (
    <div className="set-columns">
      <nav className="set-toc" aria-label="Notification settings">
        <ul>
          {PARTS.map(([id, title]) => (
            <li key={id}>
              <a href={`#${id}`}>{title}</a>
            </li>
          ))}
        </ul>
      </nav>
      <div className="set-parts">
        <SnoozeSection setting={settings.of("snoozedUntilMs")} style={style} />
        <SurfacesSection settings={settings} />
        <KindsSection settings={settings} />
        <TimingSection settings={settings} />
        <QuietSection setting={settings.of("quietHours")} style={style} />
        <ConversationsSection />
      </div>
    </div>
  );
}
