/** A message's text, with mentions and links. */
import type { ReactNode } from "react";
import type { Mention } from "@conversations/client";
import { useSession } from "../app/session.js";
import { segmentsOf } from "./text.js";

export interface MessageTextProps {
  readonly text: string;
  readonly mentions: readonly Mention[];
}

export function MessageText({ text, mentions }: MessageTextProps): ReactNode {
  const { me, someone } = useSession();
  return segmentsOf(text, mentions, (person) => someone(person).name).map((segment, index) => {
    if (segment.is === "text") return segment.text;
    if (segment.is === "link") {
      return (
        <a key={index} href={segment.href} target="_blank" rel="noreferrer noopener">
          {segment.text}
        </a>
      );
    }
    const mine = segment.everyone || segment.person === me.person;
    return (
      <span key={index} className={mine ? "mention mine" : "mention"}>
        {segment.text}
      </span>
    );
  });
}
