/** What a person is told of one conversation: a menu for the conversation's head, and for wherever else it is named. */
import { AtSign, Bell, BellOff, VolumeX } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { FOR_EVER, type Level } from "@conversations/client";
import { useSession } from "../app/session.js";
import { useSelected, useStore } from "../app/store.js";
import { Menu, MenuItem, MenuLine } from "../ui/Menu.js";
import { muteChoices } from "./pure/snooze.js";
import { browserStyle, momentName } from "./pure/times.js";
import { useNow } from "./useNow.js";
import { words } from "./words.js";

export const LEVELS: readonly { readonly level: Level; readonly label: string }[] = [
  { level: "default", label: "As in my settings" },
  { level: "all", label: "All messages" },
  { level: "mentions", label: "Only mentions of me" },
  { level: "nothing", label: "Nothing" },
];

/** "Muted until tomorrow at 08:00", "Muted"; empty if it is not. */
export function mutedWords(untilMs: number, now: number): string {
  if (untilMs <= now) return "";
  // Beyond a hundred years nobody has meant a date.
  if (untilMs - now > 3_155_760_000_000) return "Muted";
  return `Muted until ${momentName(untilMs, now, browserStyle())}`;
}

export interface ConversationNotificationsProps {
  readonly conversation: string;
  /** Of the button; an icon button if left out. */
  readonly className?: string;
}

export function ConversationNotifications({ conversation, className }: ConversationNotificationsProps): ReactNode {
  const { client } = useSession();
  const { known, levels } = useStore(client.preferences.view);
  const mutedUntil = useSelected(client.badges, (badges) => badges.conversations[conversation]?.mutedUntilMs ?? 0);
  const now = useNow(10_000);
  const [why, setWhy] = useState("");
  useEffect(() => {
    if (!known) client.preferences.read().catch(() => undefined);
  }, [client, known]);
  const level = levels[conversation] ?? "default";
  const muted = mutedWords(mutedUntil, now);
  const tried = (done: Promise<unknown>): void => {
    setWhy("");
    done.catch((error: unknown) => {
      setWhy(words(error));
    });
  };
  const label = LEVELS.find((one) => one.level === level)?.label ?? "";
  const Icon = muted !== "" ? VolumeX : level === "nothing" ? BellOff : level === "mentions" ? AtSign : Bell;
  return (
    <>
      <Menu
        label="Notifications of this conversation"
        buttonLabel={`Notifications of this conversation: ${muted === "" ? label : muted}`}
        {...(className === undefined ? {} : { className })}
        button={<Icon size={18} aria-hidden="true" />}
        buttonProps={{ title: muted === "" ? `Notifications: ${label}` : muted }}
      >
        <p className="menu-heading">Tell me of</p>
        {LEVELS.map((one) => (
          <MenuItem
            key={one.level}
            checked={one.level === level}
            trailing={one.level === level ? "✓" : undefined}
            onSelect={() => {
              tried(client.preferences.setLevel(conversation, one.level));
            }}
          >
            {one.label}
          </MenuItem>
        ))}
        <MenuLine />
        <p className="menu-heading">{muted === "" ? "Mute" : muted}</p>
        {muted === "" ? (
          muteChoices(now, browserStyle().zone).map((choice, index) => (
            <MenuItem
              key={choice.label}
              onSelect={() => {
                const chosen = muteChoices(Date.now(), browserStyle().zone)[index];
                tried(client.mute(conversation, chosen?.until ?? FOR_EVER));
              }}
            >
              {choice.label}
            </MenuItem>
          ))
        ) : (
          <MenuItem
            onSelect={() => {
              tried(client.mute(conversation, 0));
            }}
          >
            Unmute
          </MenuItem>
        )}
      </Menu>
      {why === "" ? null : (
        <span className="problem" role="alert">
          Not changed: {why}
        </span>
      )}
    </>
  );
}
