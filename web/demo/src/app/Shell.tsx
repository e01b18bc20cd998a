/** What is around every page: navigation, who is signed in, whether it is live, banners. */
import {
  Bell,
  ExternalLink,
  FileCheck2,
  FileQuestion,
  House,
  Keyboard,
  ListChecks,
  MessagesSquare,
  Monitor,
  Moon,
  Menu as MenuIcon,
  Receipt,
  Sun,
  type LucideIcon,
} from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import type { Connection } from "@conversations/client";
import { Announcer } from "./announce.js";
import { BannerRegion } from "../notifications/index.js";
import { openCounts } from "../project/items.js";
import { Avatar } from "../ui/Avatar.js";
import { Menu, MenuItem, MenuLine, useCloseMenu } from "../ui/Menu.js";
import { Link, navigate, usePlace } from "./router.js";
import { useSession, type Someone } from "./session.js";
import { Shortcuts } from "./Shortcuts.js";
import { useStore } from "./store.js";
import { chooseTheme, useTheme, type Theme } from "./theme.js";
import { clockTime } from "./time.js";

interface Entry {
  readonly to: string;
  readonly label: string;
  readonly icon: LucideIcon;
  readonly count?: number;
  /** Behind "More" on a phone. */
  readonly more?: boolean;
}

/** The number as it is shown: of more than 99 only that. */
export function shownNumber(count: number): string {
  return count > 99 ? "99+" : String(count);
}

export function Shell({ fixed, children }: { readonly fixed: boolean; readonly children: ReactNode }): ReactNode {
  const { path } = usePlace();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    // A new page begins at its top, and screen readers are taken to it; not on the first one.
    if (!first.current) main.current?.scrollTo(0, 0);
    first.current = false;
  }, [path]);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        Skip to content
      </a>
      <Side />
      <div className="stage">
        <ConnectionLine />
        <main id="content" ref={main} tabIndex={-1} className={fixed ? "content fixed" : "content"}>
          {children}
        </main>
      </div>
      <BannerRegion />
      <Announcer />
      <Shortcuts />
    </div>
  );
}

function Side(): ReactNode {
  const { config } = useSession();
  return (
    <header className="side">
      <div className="side-head">
        <Link to={`/projects/${config.project.id}/home`} className="brand" aria-label="Gridline, project home">
          <Mark />
        </Link>
        <div>
          <p className="project-name">{config.project.name}</p>
          <p className="project-place">2024-118 · Northgate, WA</p>
        </div>
      </div>
      <MainNav />
      <div className="side-foot">
        <People />
        <ThemeMenu />
      </div>
    </header>
  );
}

/** Grid lines of a drawing, and the point where two of them meet. */
function Mark(): ReactNode {
  return (
    <svg width="28" height="28" viewBox="0 0 28 28" fill="none" stroke="currentColor" strokeWidth="2.2" strokeLinecap="round" aria-hidden="true">
      <path d="M9 3 V25 M19 14 V25 M3 19 H25 M3 9 H14" />
      <circle cx="19" cy="9" r="4" fill="currentColor" stroke="none" />
    </svg>
  );
}

function MainNav(): ReactNode {
  const { config, client } = useSession();
  const { path } = usePlace();
  const { known, total } = useStore(client.badges);
  const at = (page: string): string => `/projects/${config.project.id}/${page}`;
  const tools: Entry[] = [
    { to: at("home"), label: "Home", icon: House },
    { to: at("rfis"), label: "RFIs", icon: FileQuestion, count: openCounts.rfi },
    { to: at("submittals"), label: "Submittals", icon: FileCheck2, count: openCounts.submittal },
    { to: at("change-orders"), label: "Change orders", icon: Receipt, count: openCounts.change_order, more: true },
    { to: at("punch"), label: "Punch list", icon: ListChecks, count: openCounts.punch_item, more: true },
  ];
  const settings: Entry = { to: "/settings/notifications", label: "Notifications", icon: Bell, more: true };
  const current = (to: string): boolean => path === to || path.startsWith(`${to}/`);
  const entry = ({ to, label, icon: Icon, count, more = false }: Entry): ReactNode => (
    <li key={to} className={more ? "only-wide" : undefined}>
      <Link to={to} className="nav-link" aria-current={current(to) ? "page" : undefined}>
        <Icon size={18} aria-hidden="true" />
        <span>{label}</span>
        {count === undefined ? null : (
          <span className="count" aria-hidden="true">
            {count}
          </span>
        )}
      </Link>
    </li>
  );
  const unread = known && total > 0;
  return (
    <nav className="main-nav" aria-label="Main">
      <ul>
        {tools.map(entry)}
        <li className="apart">
          <Link
            to="/conversations"
            className="nav-link"
            aria-current={current("/conversations") ? "page" : undefined}
          >
            <MessagesSquare size={18} aria-hidden="true" />
            <span>
              Conversations
              {unread ? <span className="unseen-inline">, {total} unread</span> : null}
            </span>
            {unread ? (
              <span className="badge" data-testid="total" aria-hidden="true">
                {shownNumber(total)}
              </span>
            ) : null}
          </Link>
        </li>
        {entry(settings)}
        <li className="only-phone">
          <Menu
            label="More"
            className="nav-link"
            button={
              <>
                <MenuIcon size={18} aria-hidden="true" />
                <span>More</span>
              </>
            }
          >
            {[...tools, settings]
              .filter(({ more }) => more)
              .map(({ to, label, icon: Icon, count }) => (
                <MenuItem
                  key={to}
                  icon={<Icon size={16} aria-hidden="true" />}
                  trailing={count}
                  onSelect={() => {
                    navigate(to);
                  }}
                >
                  {label}
                </MenuItem>
              ))}
          </Menu>
        </li>
      </ul>
    </nav>
  );
}

function People(): ReactNode {
  const { me, config } = useSession();
  return (
    <Menu
      label="Sign in as somebody else"
      role="dialog"
      className="who"
      buttonLabel=""
      button={
        <>
          <span className="who-words">
            <span className="who-name">
              <span className="unseen-inline">Signed in as </span>
              {me.name}
            </span>
            <span className="who-role">{me.role}</span>
          </span>
          <Avatar person={me.person} size={30} presence />
        </>
      }
    >
      <p className="menu-heading">Sign in as</p>
      {config.people.map((one) => (
        <PersonRow key={one.person} one={one} current={one.person === me.person} />
      ))}
    </Menu>
  );
}

function PersonRow({ one, current }: { readonly one: Someone; readonly current: boolean }): ReactNode {
  const close = useCloseMenu();
  const there = `${location.pathname}?as=${encodeURIComponent(one.person)}`;
  return (
    <div className="person-row">
      <button
        type="button"
        className="menu-item"
        aria-current={current}
        onClick={() => {
          close();
          // Loaded anew: nothing of one person may stay for the next.
          if (!current) location.assign(there);
        }}
      >
        <Avatar person={one.person} size={26} />
        <span>
          <span className="who-name">{one.name}</span>
          <span className="who-role">{one.role}</span>
        </span>
      </button>
      <a
        className="icon-button small"
        href={there}
        target="_blank"
        rel="noopener"
        aria-label={`Open a new window as ${one.name}`}
        title="Open in a new window"
        onClick={(event) => {
          event.preventDefault();
          close();
          window.open(there, "_blank", "noopener,width=1180,height=820");
        }}
      >
        <ExternalLink size={15} aria-hidden="true" />
      </a>
    </div>
  );
}

const THEMES: readonly { readonly theme: Theme; readonly label: string; readonly icon: LucideIcon }[] = [
  { theme: "system", label: "Like the system", icon: Monitor },
  { theme: "light", label: "Light", icon: Sun },
  { theme: "dark", label: "Dark", icon: Moon },
];

function ThemeMenu(): ReactNode {
  const theme = useTheme();
  const Icon = THEMES.find((one) => one.theme === theme)?.icon ?? Monitor;
  return (
    <Menu label="Theme" button={<Icon size={17} aria-hidden="true" />}>
      {THEMES.map((one) => (
        <MenuItem
          key={one.theme}
          icon={<one.icon size={16} aria-hidden="true" />}
          checked={one.theme === theme}
          trailing={one.theme === theme ? "✓" : undefined}
          onSelect={() => {
            chooseTheme(one.theme);
          }}
        >
          {one.label}
        </MenuItem>
      ))}
      <MenuLine />
      <MenuItem
        icon={<Keyboard size={16} aria-hidden="true" />}
        trailing="?"
        onSelect={() => {
          window.dispatchEvent(new Event("gridline:shortcuts"));
        }}
      >
        Keyboard shortcuts
      </MenuItem>
    </Menu>
  );
}

/** A connection takes a moment; only one that takes longer is worth a word, ms. */
const PATIENT_MS = 4_000;

/** What the connection line says; nothing while all is well. `late`: it has been so for a while. */
export function connectionWords(connection: Connection, late: boolean): string {
  switch (connection.state) {
    case "connected":
      return "";
    case "connecting":
    case "catching up":
      return late ? "Connecting…" : "";
    case "offline":
      return `Reconnecting… since ${clockTime(connection.since)}; what you write is kept`;
    case "ended":
      return connection.why === "signed out" ? "You are signed out" : `Not connected: ${connection.why}`;
  }
}

function ConnectionLine(): ReactNode {
  const { client } = useSession();
  const connection = useStore(client.connection);
  const [lateOf, setLateOf] = useState<Connection | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => {
      setLateOf(connection);
    }, PATIENT_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [connection]);
  return (
    <div role="status" className="connection" data-testid="connection" data-state={connection.state}>
      {connectionWords(connection, lateOf === connection)}
    </div>
  );
}
