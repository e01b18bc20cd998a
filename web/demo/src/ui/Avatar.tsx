/** People as they are shown everywhere: initials, and a dot for their presence. */
import type { CSSProperties, ReactNode } from "react";
import { useSession } from "../app/session.js";
import { useStatus } from "../app/presence.js";

/** The first letters of the first and the last word of a name. */
export function initials(name: string): string {
  const words = name.split(/[\s._-]+/u).filter((word) => /^\p{L}/u.test(word));
  const first = words[0] ?? name;
  const last = words.length > 1 ? (words.at(-1) ?? "") : "";
  return (/^./u.exec(first)?.[0] ?? "?").toUpperCase() + (/^./u.exec(last)?.[0] ?? "").toUpperCase();
}

/** A hue of 12 for a name: always the same one. */
export function hueOf(name: string): number {
  let sum = 7;
  for (const char of name) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 9973;
  return (sum % 12) * 30;
}

const WORDS = {
  active: "active",
  away: "away",
  "do not disturb": "do not disturb",
  offline: "offline",
  unknown: "status unknown",
} as const;

export interface AvatarProps {
  readonly person: string;
  /** In pixels. */
  readonly size?: number;
  /** Whether a dot says if the person is here. */
  readonly presence?: boolean;
}

/** A person. Their name stands beside it, so that the picture itself says nothing to screen readers. */
export function Avatar({ person, size = 32, presence = false }: AvatarProps): ReactNode {
  const { someone } = useSession();
  const style: CSSProperties & Record<`--${string}`, string> = { "--size": `${String(size)}px`, "--hue": String(hueOf(person)) };
  return (
    <span className="avatar" style={style}>
      <span aria-hidden="true">{initials(someone(person).name)}</span>
      {presence ? <PresenceDot person={person} /> : null}
    </span>
  );
}

/** Whether a person is here, in colour and in words. */
export function PresenceDot({ person }: { readonly person: string }): ReactNode {
  const { status } = useStatus(person);
  const look = status === "do not disturb" ? "busy" : status;
  return (
    <span className={`dot ${look}`} title={WORDS[status]}>
      <span className="unseen">({WORDS[status]})</span>
    </span>
  );
}
