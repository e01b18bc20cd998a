/** What a person is told of one conversation: a menu for the conversation's head, and for wherever else it is named. */
import { AtSign, Bell, BellOff, VolumeX } from "lucide-react";
import { useEffect, type ReactNode } from "react";
import type { Level } from "@conversations/client";
import { useSession } from "../app/session.js";
import { useSelected, useStore } from "../app/store.js";
import { Menu, MenuItem, MenuLine } from "../ui/Menu.js";
import { announce } from "../app/announce.js";
import { MUTES, muteWords } from "../conversations/mutes.js";
import { useNow } from "./useNow.js";
import { words } from "./words.js";

export const LEVELS: readonly { readonly level: Level; readonly label: string }[] = [
  { level: "default", label: "As in my settings" },
  { level: "all", label: "All messages" },
  { level: "mentions", label: "Only mentions of me" },
  { level: "nothing", label: "Nothing" },
];

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
  useEffect(() => {
    if (!known) client.preferences.read().catch(() => undefined);
  }, [client, known]);
  const level = levels[conversation] ?? "default";
  const muted = mutedUntil > now ? `Muted${muteWords(mutedUntil, now)}` : "";
  const tried = (done: Promise<unknown>, said: string): void => {
    done.then(
      () => {
        announce(said, true);
      },
      (error: unknown) => {
        announce(`Not changed: ${words(error)}`, true);
      },
    );
  };
  const label = LEVELS.find((one) => one.level === level)?.label ?? "";
  const Icon = muted !== "" ? VolumeX : level === "nothing" ? BellOff : level === "mentions" ? AtSign : Bell;
  return (
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
              tried(client.preferences.setLevel(conversation, one.level), `You are told of: ${one.label.toLowerCase()}`);
            }}
          >
            {one.label}
          </MenuItem>
        ))}
        <MenuLine />
        <p className="menu-heading">{muted === "" ? "Mute" : muted}</p>
        {muted === "" ? (
          MUTES.map((choice) => (
            <MenuItem
              key={choice.label}
              onSelect={() => {
                tried(client.mute(conversation, choice.until(Date.now())), "Muted");
              }}
            >
              {choice.label}
            </MenuItem>
          ))
        ) : (
          <MenuItem
            onSelect={() => {
              tried(client.mute(conversation, 0), "Unmuted");
            }}
          >
            Unmute
          </MenuItem>
        )}
      </Menu>
  );
}
