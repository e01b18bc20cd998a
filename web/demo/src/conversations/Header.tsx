/** What stands above a conversation: its name, its people, and what can be done with it. */
import {
  Archive,
  ArchiveRestore,
  ArrowLeft,
  EllipsisVertical,
  ExternalLink,
  LogOut,
  MailOpen,
  Pencil,
  Star,
  Users,
} from "lucide-react";
import { useState, type ReactNode } from "react";
import type { ConversationView } from "@conversations/client";
import { Link } from "../app/router.js";
import { useSession } from "../app/session.js";
import { useStatus } from "../app/presence.js";
import { Avatar } from "../ui/Avatar.js";
import { Menu, MenuItem, MenuLine } from "../ui/Menu.js";
import { useVerbs } from "./verbs.js";
import { useBadge, useNow } from "./hooks.js";
import { LeaveDialog, MembersDialog, RenameDialog } from "./dialogs.js";
import { ConversationNotifications } from "../notifications/index.js";
import { muteWords } from "./mutes.js";
import { listTime } from "../app/time.js";

export interface HeaderProps {
  readonly conversation: string;
  readonly view: ConversationView;
  readonly starred: boolean;
  /** Where "back" leads on a phone; none on an item's page. */
  readonly back?: string;
  readonly onLeft: () => void;
  /** On an item's page the item itself stands beside it. */
  readonly besideItem?: boolean;
}

export function ConversationHeader({ conversation, view, starred, back, onLeft, besideItem = false }: HeaderProps): ReactNode {
  const { me } = useSession();
  const badge = useBadge(conversation);
  const now = useNow();
  const verbs = useVerbs();
  const [dialog, setDialog] = useState<"" | "members" | "rename" | "leave">("");
  const loaded = view.state === "open";
  const { kind, title, other } = view;
  const owner = view.owners.includes(me.person);
  const muted = badge !== undefined && badge.mutedUntilMs > now;
  const close = (): void => {
    setDialog("");
  };
  return (
    <header className={back === undefined ? "panel-head thread-head" : "panel-head thread-head with-back"}>
      {back === undefined ? null : (
        <Link to={back} className="icon-button only-phone" aria-label="Back to the list" style={{ placeItems: "center", placeContent: "center" }}>
          <ArrowLeft size={19} aria-hidden="true" />
        </Link>
      )}
      {loaded && kind === "direct" ? <Avatar person={other} size={32} presence /> : null}
      <div className="thread-names">
        {besideItem ? <h2>Conversation</h2> : <h1 className="thread-title">{title}</h1>}
        <p className="thread-under">
          {!loaded ? (
            "\u00a0"
          ) : kind === "direct" ? (
            <DirectStatus person={other} />
          ) : (
            <>
              <button
                type="button"
                className="link-button quiet"
                onClick={() => {
                  setDialog("members");
                }}
              >
                {view.members.length === 1 ? "1 member" : `${String(view.members.length)} members`}
              </button>
              {kind === "item" && view.link !== "" && !besideItem ? (
                <Link to={view.link} className="thread-item">
                  Open the item <ExternalLink size={12} aria-hidden="true" />
                </Link>
              ) : null}
            </>
          )}
          {muted ? <span className="thread-muted">Muted{muteWords(badge.mutedUntilMs, now)}</span> : null}
        </p>
      </div>
      {loaded ? (
        <div className="thread-tools">
          <button
            type="button"
            className={starred ? "icon-button starred" : "icon-button"}
            aria-pressed={starred}
            aria-label="Star"
            title={starred ? "Take the star away" : "Star"}
            onClick={() => {
              verbs.star(conversation, !starred);
            }}
          >
            <Star size={17} aria-hidden="true" fill={starred ? "currentColor" : "none"} />
          </button>
          <ConversationNotifications conversation={conversation} />
          <Menu label="More" button={<EllipsisVertical size={17} aria-hidden="true" />}>
            {kind === "direct" ? null : (
              <MenuItem
                icon={<Users size={16} aria-hidden="true" />}
                onSelect={() => {
                  setDialog("members");
                }}
              >
                Members
              </MenuItem>
            )}
            {kind === "group" && owner && !view.archived ? (
              <MenuItem
                icon={<Pencil size={16} aria-hidden="true" />}
                onSelect={() => {
                  setDialog("rename");
                }}
              >
                Rename…
              </MenuItem>
            ) : null}
            <MenuItem
              icon={<MailOpen size={16} aria-hidden="true" />}
              onSelect={() => {
                verbs.markUnread(conversation, view.messages.findLast((one) => one.author !== me.person && !one.deleted)?.number ?? 0);
              }}
            >
              Mark as unread
            </MenuItem>
            {kind === "direct" ? null : (
              <>
                <MenuLine />
                {owner ? <MenuItem
                  icon={view.archived ? <ArchiveRestore size={16} aria-hidden="true" /> : <Archive size={16} aria-hidden="true" />}
                  onSelect={() => {
                    verbs.archive(conversation, !view.archived);
                  }}
                >
                  {view.archived ? "Open again" : "Archive"}
                </MenuItem> : null}
                <MenuItem
                  icon={<LogOut size={16} aria-hidden="true" />}
                  danger
                  onSelect={() => {
                    setDialog("leave");
                  }}
                >
                  Leave…
                </MenuItem>
              </>
            )}
          </Menu>
        </div>
      ) : null}
      {dialog === "members" ? <MembersDialog conversation={conversation} members={view.members} owners={view.owners} archived={view.archived} onClose={close} /> : null}
      {dialog === "rename" ? <RenameDialog conversation={conversation} title={view.title} onClose={close} /> : null}
      {dialog === "leave" ? <LeaveDialog conversation={conversation} title={title} onClose={close} onLeft={onLeft} /> : null}
    </header>
  );
}

function DirectStatus({ person }: { readonly person: string }): ReactNode {
  const { someone } = useSession();
  const { status, lastSeenMs } = useStatus(person);
  const now = useNow();
  const words = {
    active: "Active now",
    away: "Away",
    "do not disturb": "Does not want to be disturbed",
    offline: lastSeenMs > 0 ? `Last here ${listTime(lastSeenMs, now)}` : "Offline",
    unknown: "",
  }[status];
  return <span>{[someone(person).role, words].filter((word) => word !== "").join(" · ")}</span>;
}
