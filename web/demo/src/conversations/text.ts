/** What is in a message's text: mentions and links; and the pieces that a person writes. Pure. */
import type { Mention, Piece } from "@conversations/client";

export type Segment =
  | { readonly is: "text"; readonly text: string }
  | { readonly is: "link"; readonly text: string; readonly href: string }
  | { readonly is: "mention"; readonly text: string; readonly person: string; readonly everyone: boolean };

const LINK = /https?:\/\/[^\s<>"']+/gu;
/** What ends a sentence is no part of an address. */
const TAIL = /[).,;:!?\]]+$/u;

/** Takes a text apart. People are shown as they are called now, whatever they were called when it was written. */
export function segmentsOf(text: string, mentions: readonly Mention[], nameOf: (person: string) => string): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  for (const mention of [...mentions].sort((a, b) => a.start - b.start)) {
    // A mention that lies outside of the text, or over another, is not shown as one.
    if (mention.start < at || mention.start + mention.length > text.length) continue;
    segments.push(...linked(text.slice(at, mention.start)));
    const { person, everyone } = mention;
    at = mention.start + mention.length;
    const words = everyone ? text.slice(mention.start, at) : `@${nameOf(person)}`;
    segments.push({ is: "mention", text: words, person, everyone });
  }
  segments.push(...linked(text.slice(at)));
  return segments;
}

function linked(text: string): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(TAIL, "");
    if (match.index > at) segments.push({ is: "text", text: text.slice(at, match.index) });
    segments.push({ is: "link", text: address, href: address });
    at = match.index + address.length;
  }
  if (at < text.length) segments.push({ is: "text", text: text.slice(at) });
  return segments;
}

/** Somebody who can be mentioned, by the words behind the "@"; an empty person is everyone. */
export interface Mentionable {
  readonly person: string;
  readonly label: string;
}

/** The mention that is being written before the caret. */
export interface Asked {
  /** Where its "@" stands. */
  readonly start: number;
  /** What is written behind it so far. */
  readonly query: string;
}

/** At most so many words of a name are looked for behind an "@". */
const WORDS = 3;

export function askedAt(text: string, caret: number): Asked | null {
  const before = text.slice(0, caret);
  const start = before.lastIndexOf("@");
  if (start < 0) return null;
  // An "@" within a word is an address.
  if (start > 0 && /[\p{L}\p{N}_]/u.test(before.charAt(start - 1))) return null;
  const query = before.slice(start + 1);
  if (/[\n@]/u.test(query) || query.startsWith(" ") || query.split(" ").length > WORDS) return null;
  return { start, query };
}

const plain = (text: string): string =>
  text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();

/** Whether a whole name stands there already: then nothing is left to complete. */
export function isWhole(people: readonly Mentionable[], query: string): boolean {
  return people.some(({ label }) => label === query);
}

/** Who fits: a name of which some word begins so, whatever its case or accents; in the order given. */
export function fitting(people: readonly Mentionable[], query: string): Mentionable[] {
  const asked = plain(query);
  return people.filter(({ label }) => {
    const name = plain(label);
    return name.startsWith(asked) || name.split(" ").some((word) => word.startsWith(asked));
  });
}

/** What was written, with "@" and a whole name as a mention. Of two who share a name the first is meant. */
export function piecesOf(text: string, people: readonly Mentionable[]): Piece[] {
  const pieces: Piece[] = [];
  const byLength = [...people].sort((a, b) => b.label.length - a.label.length);
  let rest = "";
  let at = 0;
  while (at < text.length) {
    const found = text.charAt(at) === "@" ? byLength.find(({ label }) => names(text, at, label)) : undefined;
    if (found === undefined) {
      rest += text.charAt(at);
      at += 1;
      continue;
    }
    if (rest !== "") pieces.push(rest);
    rest = "";
    pieces.push(found.person === "" ? { everyone: found.label } : { person: found.person, label: found.label });
    at += 1 + found.label.length;
  }
  if (rest !== "") pieces.push(rest);
  return pieces;
}

function names(text: string, at: number, label: string): boolean {
  if (at > 0 && /[\p{L}\p{N}_]/u.test(text.charAt(at - 1))) return false;
  if (!text.startsWith(label, at + 1)) return false;
  return !/[\p{L}\p{N}_]/u.test(text.charAt(at + 1 + label.length));
}

/** Whom a message's text already mentions, by the words that stand in it: for editing. */
export function mentionedIn(text: string, mentions: readonly Mention[]): Mentionable[] {
  return mentions.map(({ person, everyone, start, length }) => ({
    person: everyone ? "" : person,
    label: text.slice(start + 1, start + length),
  }));
}

/** The longest text, bytes of UTF-8 (messaging.proto, `SendMessageRequest.text`). */
export const LIMIT_BYTES = 65_536;
/** From here on the person is told how much is left, bytes. */
export const NEAR_BYTES = 60_000;

const encoder = new TextEncoder();

/** How many bytes are left; below 0 it is too long. Cheap while it is far from the limit. */
export function bytesLeft(text: string): number {
  return LIMIT_BYTES - (text.length * 3 < NEAR_BYTES ? text.length : encoder.encode(text).length);
}
