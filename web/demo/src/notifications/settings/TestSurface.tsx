/** Tries one surface, and says honestly what happened in each tab and on each device. */
import { CircleCheck, CircleX } from "lucide-react";
import { useState, type ReactNode } from "react";
import type { Trial } from "@conversations/client";
import { useSession } from "../../app/session.js";
import { placeOfTrial, trialWords } from "../pure/trials.js";
import { words } from "../words.js";

export type Surface = "banner" | "browser" | "push";

const NONE: Readonly<Record<Surface, string>> = {
  banner: "No browser of yours is connected, so there was nowhere to show it.",
  browser: "No browser of yours is connected, so there was nowhere to show it.",
  push: "You have no registered device: neither a phone nor a browser with push. There was nothing to push to.",
};

const AFTER: Readonly<Record<Surface, string>> = {
  banner: "",
  browser: "If nothing appeared, your system holds notifications back: look for its do-not-disturb or focus mode.",
  push: "A push service that took it may still need a moment, or wait until the device is online.",
};

export function TestSurface({ surface, name }: { readonly surface: Surface; readonly name: string }): ReactNode {
  const { client } = useSession();
  const [state, setState] = useState<"idle" | "asked" | "answered">("idle");
  const [trials, setTrials] = useState<readonly Trial[]>([]);
  const [why, setWhy] = useState("");
  const test = (): void => {
    setState("asked");
    setWhy("");
    client.testNotification(surface, true).then(
      (answer) => {
        setTrials(answer);
        setState("answered");
      },
      (error: unknown) => {
        setWhy(words(error));
        setState("answered");
      },
    );
  };
  const good = trials.some((trial) => trialWords(trial).good);
  return (
    <div className="set-test" data-testid={`test-${surface}`}>
      <button type="button" className="button" disabled={state === "asked"} onClick={test} aria-label={`Test: ${name}`}>
        Test
      </button>
      <div role="status" className="set-trials">
        {state !== "answered" ? null : why !== "" ? (
          <p className="problem">Could not be tested: {why}.</p>
        ) : trials.length === 0 ? (
          <p className="hint">{NONE[surface]}</p>
        ) : (
          <>
            <ul>
              {trials.map((trial) => {
                const { good: fine, text } = trialWords(trial);
                return (
                  <li key={`${trial.client} ${trial.tab} ${trial.device}`} data-result={trial.result}>
                    {fine ? <CircleCheck size={15} aria-hidden="true" className="ok" /> : <CircleX size={15} aria-hidden="true" className="bad" />}
                    <span>
                      <strong>{placeOfTrial(trial, client)}</strong> {text}
                    </span>
                  </li>
                );
              })}
            </ul>
            {good && AFTER[surface] !== "" ? <p className="hint">{AFTER[surface]}</p> : null}
          </>
        )}
      </div>
    </div>
  );
}
