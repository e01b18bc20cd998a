/** Honest help where the browser's permission was denied: only the person can change that, and here is how. */
import type { ReactNode } from "react";
import { helpFor } from "../pure/help.js";

export function PermissionHelp(): ReactNode {
  const [mine, ...others] = helpFor(navigator.userAgent);
  if (mine === undefined) return null;
  return (
    <div className="set-help" data-testid="denied-help">
      <p>
        <strong>Notifications of this site are blocked in this browser.</strong> A site cannot ask again after that; you can
        permit them yourself. In {mine.browser}:
      </p>
      <ol>
        {mine.steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <details>
        <summary>In another browser</summary>
        {others.map(({ browser, steps }) => (
          <div key={browser}>
            <h3>{browser}</h3>
            <ol>
              {steps.map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ol>
          </div>
        ))}
      </details>
      <p className="hint">Without it you still get banners here, and pushes on your phone.</p>
    </div>
  );
}
