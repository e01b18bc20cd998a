/** What came of a test in one place. */
import type { Trial } from "@conversations/client";
import { answerOf } from "./words.js";

/** `good` only if it was shown or taken. */
export function trialWords(trial: Pick<Trial, "result" | "status" | "reason">): { readonly good: boolean; readonly text: string } {
  switch (trial.result) {
    case "sent":
      return trial.status > 0 || trial.reason !== ""
        ? { good: true, text: `The push service ${answerOf(trial.status, trial.reason)}.` }
        : { good: true, text: "Sent: it shows now." };
    case "not permitted":
      return { good: false, text: "Not shown: the browser does not permit notifications." };
    case "switched off":
      return { good: true, text: "Shown for the test, although banners are switched off on this browser." };
    case "failed":
      return { good: false, text: `Not delivered: the push service ${answerOf(trial.status, trial.reason)}.` };
    case "not following":
      return { good: false, text: "Not shown: it is not connected for notifications just now." };
    case "unknown":
      return { good: false, text: "Nothing is known of what happened." };
  }
}

/** Where it was tried, as far as that is known here. */
export function placeOfTrial(
  trial: Pick<Trial, "here" | "tab" | "device" | "client">,
  own: { readonly tab: string },
): string {
  if (trial.device !== "") {
    if (trial.here) return "Push on this browser.";
    return /^[0-9a-f]{8}-[0-9a-f]{4}-/.test(trial.device) ? "Push on another browser." : `Device “${trial.device}”.`;
  }
  if (!trial.here) return "Another browser.";
  if (trial.tab === "") return "This browser, without a tab.";
  return trial.tab === own.tab ? "This tab." : "Another tab of this browser.";
}
