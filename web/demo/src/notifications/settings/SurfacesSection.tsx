/** Where a person is told: banners, browser notifications, pushes; each with its switch, its state and a test. */
import { AppWindow, BellRing, MonitorSmartphone, Smartphone } from "lucide-react";
import { useState, useSyncExternalStore, type ReactNode } from "react";
import type { Permission, PushView } from "@conversations/client";
import { useSession } from "../../app/session.js";
import { useStore } from "../../app/store.js";
import { bannersHere, subscribeHere, switchBannersHere } from "../here.js";
import { words } from "../words.js";
import { PermissionHelp } from "./PermissionHelp.js";
import { Row, Section, Switch, SwitchRow } from "./rows.js";
import { TestSurface } from "./TestSurface.js";
import type { SettingsState } from "./useSettings.js";

const ICON = { size: 18, "aria-hidden": true } as const;

export function SurfacesSection({ settings }: { readonly settings: SettingsState }): ReactNode {
  return (
    <Section
      id="here"
      title="Where you are told"
      lead="Each message reaches you in one place: the nearest one that works. A banner while you are here, the browser while you look elsewhere, a push when you are away."
    >
      <SwitchRow
        setting={settings.of("inApp")}
        icon={<AppWindow {...ICON} />}
        title="Banners"
        hint="At the top right of the tab that you are using. F6 takes the keyboard to the newest one, Esc dismisses it."
      >
        <BannersHere disabled={!settings.of("inApp").value} />
        <TestSurface surface="banner" name="Banners" />
      </SwitchRow>
      <BrowserRow settings={settings} />
      <SwitchRow
        setting={settings.of("push")}
        icon={<Smartphone {...ICON} />}
        title="Pushes"
        hint="To your phone, and to browsers with push switched on, when no open tab could tell you."
      >
        <TestSurface surface="push" name="Pushes" />
      </SwitchRow>
      <WebPushRow />
    </Section>
  );
}

function BannersHere({ disabled }: { readonly disabled: boolean }): ReactNode {
  const { client, me } = useSession();
  const on = useSyncExternalStore(subscribeHere, () => bannersHere(me.person));
  return (
    <div className="set-nested" data-setting="bannersHere">
      <label className="set-title" htmlFor="banners-here">
        On this browser
      </label>
      <Switch
        id="banners-here"
        on={on}
        disabled={disabled}
        onChange={(chosen) => {
          switchBannersHere(client, me.person, chosen);
        }}
      />
    </div>
  );
}

const STATES: Readonly<Record<Permission, { readonly chip: string; readonly words: string }>> = {
  granted: { chip: "ok", words: "Permitted" },
  default: { chip: "warn", words: "Not permitted yet" },
  denied: { chip: "bad", words: "Blocked" },
  unsupported: { chip: "", words: "Not supported" },
};

function BrowserRow({ settings }: { readonly settings: SettingsState }): ReactNode {
  const { client } = useSession();
  const permission = useStore(client.permission);
  const state = STATES[permission];
  return (
    <SwitchRow
      setting={settings.of("browser")}
      icon={<BellRing {...ICON} />}
      title="Browser notifications"
      hint="While this site is open, and you look at another tab or window."
    >
      <div className="set-nested">
        <p className="set-title">
          This browser <span className={`chip ${state.chip}`} data-testid="permission" data-state={permission}>{state.words}</span>
        </p>
        {permission === "default" ? (
          <button type="button" className="button primary" onClick={() => void client.askPermission()}>
            Permit notifications
          </button>
        ) : null}
      </div>
      {permission === "denied" ? <PermissionHelp /> : null}
      {permission === "default" ? <p className="hint set-note">Your browser will ask you once, when you press the button.</p> : null}
      {permission === "unsupported" ? <p className="hint set-note">This browser has no notifications, or the page was not loaded over a secure connection.</p> : null}
      <TestSurface surface="browser" name="Browser notifications" />
    </SwitchRow>
  );
}

function pushHint({ state, why }: PushView): string {
  switch (state) {
    case "on":
      return "Messages reach this browser even when this site is closed. While it is open, no push is needed.";
    case "off":
      return "Messages would reach this browser even when this site is closed, as long as the browser itself runs.";
    case "denied":
      return "Needs the browser's permission for notifications, which is blocked. See above.";
    case "unsupported":
      return "This browser has no Web Push, or the page was not loaded over a secure connection.";
    case "unavailable":
      return `It cannot be had just now: ${why}.`;
  }
}

function WebPushRow(): ReactNode {
  const { client } = useSession();
  const view = useStore(client.push);
  const [why, setWhy] = useState("");
  const [wanted, setWanted] = useState<boolean | null>(null);
  const change = (on: boolean): void => {
    setWhy("");
    setWanted(on);
    (on ? client.push.enable() : client.push.disable())
      .catch((error: unknown) => {
        setWhy(words(error));
      })
      .finally(() => {
        setWanted(null);
      });
  };
  const possible = view.state === "on" || view.state === "off" || view.state === "unavailable";
  return (
    <Row
      name="webPush"
      icon={<MonitorSmartphone {...ICON} />}
      title="Push on this browser"
      hint={pushHint(view)}
      control={({ id, hint }) => (
        <Switch id={id} hint={hint} on={wanted ?? view.state === "on"} disabled={!possible || wanted !== null} onChange={change} />
      )}
    >
      <div role="status">{why === "" ? null : <p className="problem">Not changed: {why}.</p>}</div>
    </Row>
  );
}
