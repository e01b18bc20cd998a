/** The entry: signs in, then shows the application. */
import "@fontsource-variable/ibm-plex-sans/wght.css";
import "./design/tokens.css";
import "./design/base.css";
import "./design/controls.css";
import "./design/shell.css";
import "./design/pages.css";
import "./design/conversations.css";
import { createRoot } from "react-dom/client";
import { App } from "./app/App.js";
import { navigate } from "./app/router.js";
import { beginSession, SessionContext } from "./app/session.js";
import { keepTotal } from "./app/title.js";

const root = createRoot(document.getElementById("root") ?? document.body);

function opened(conversation: string, number: number): void {
  navigate(`/conversations/${conversation}${number > 0 ? `?message=${String(number)}` : ""}`);
}

try {
  const session = await beginSession(opened);
  keepTotal(session.client);
  if ("serviceWorker" in navigator && import.meta.env.PROD) {
    navigator.serviceWorker.register("/service-worker.js", { type: "module", scope: "/" }).catch((error: unknown) => {
      console.warn("no service worker:", error);
    });
  }
  root.render(
    <SessionContext value={session}>
      <App />
    </SessionContext>,
  );
} catch (error) {
  console.error(error);
  root.render(
    <div className="empty" role="alert">
      <h1>Gridline cannot be reached</h1>
      <p>Its server did not answer. Check the network, then load the page again.</p>
      <button
        type="button"
        className="button"
        onClick={() => {
          location.reload();
        }}
      >
        Load again
      </button>
    </div>,
  );
}
