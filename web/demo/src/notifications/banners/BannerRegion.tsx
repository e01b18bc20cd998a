/** The banners of this tab, top right. */
import { useEffect, useMemo, useRef, useState, type FocusEvent, type KeyboardEvent, type ReactNode } from "react";
import type { Banner } from "@conversations/client";
import { useSession, type Session } from "../../app/session.js";
import { useStore } from "../../app/store.js";
import { keepBannersHere } from "../here.js";
import { BannerCard } from "./BannerCard.js";
import { BannerStage } from "./stage.js";
import { spokenOf } from "./spoken.js";

/** Takes the focus to the newest banner from anywhere on the page. */
export const BANNER_KEY = "F6";

export function BannerRegion(): ReactNode {
  const session = useSession();
  const { client, me } = session;
  useEffect(() => keepBannersHere(client, me.person), [client, me]);
  const stage = useMemo(
    () =>
      new BannerStage({
        banners: client.banners,
        hold: (tag) => {
          client.hold(tag);
        },
        release: (tag) => {
          client.release(tag);
        },
        later: (ms, act) => {
          const timer = setTimeout(act, ms);
          return () => {
            clearTimeout(timer);
          };
        },
      }),
    [client],
  );
  const { standing, more, all, arrived } = useStore(stage);
  const region = useRef<HTMLElement>(null);
  /** Where the focus was before it came here. */
  const before = useRef<Element | null>(null);

  useEffect(() => {
    const toNewest = (event: globalThis.KeyboardEvent): void => {
      if (event.key !== BANNER_KEY || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
      const tag = CSS.escape(stage.value.newest);
      const newest = region.current?.querySelector<HTMLElement>(`[data-tag="${tag}"]:not([data-leaving]) .banner-open`);
      if (!newest) return;
      event.preventDefault();
      if (!region.current?.contains(document.activeElement)) before.current = document.activeElement;
      newest.focus();
    };
    window.addEventListener("keydown", toNewest);
    return () => {
      window.removeEventListener("keydown", toNewest);
    };
  }, [stage]);

  /** Takes a banner away; the focus goes to the next one, or back to where it was. */
  const dismiss = (banner: Banner): void => {
    const within = region.current?.contains(document.activeElement) === true;
    const others = [...(region.current?.querySelectorAll<HTMLElement>("[data-testid=banner]:not([data-leaving])") ?? [])];
    const next = others.find((one) => one.dataset["tag"] !== banner.tag);
    client.dismiss(banner.tag);
    if (!within) return;
    const target = next?.querySelector<HTMLElement>(".banner-open") ?? before.current;
    if (target instanceof HTMLElement && target.isConnected) target.focus();
    else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  };

  const keys = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    const tag = (event.target as Element).closest<HTMLElement>("[data-testid=banner]")?.dataset["tag"];
    const found = standing.find(({ banner }) => banner.tag === tag);
    if (!found) return;
    event.stopPropagation();
    dismiss(found.banner);
  };

  return (
    <section
      ref={region}
      className="banners"
      data-all={all ? "" : undefined}
      aria-label="Notifications"
      aria-keyshortcuts={BANNER_KEY}
      onPointerMove={(event) => {
        // One that appears under a pointer that lies still is not pointed at: it goes as ever.
        const moved = event.movementX !== 0 || event.movementY !== 0;
        if (moved && event.pointerType !== "touch") stage.rest("pointer");
      }}
      onPointerLeave={() => {
        stage.unrest("pointer");
      }}
      onFocus={() => {
        stage.rest("focus");
      }}
      onBlur={(event: FocusEvent) => {
        if (!event.currentTarget.contains(event.relatedTarget)) stage.unrest("focus");
      }}
      onKeyDown={keys}
    >
      <p className="unseen" role="log" aria-live="polite" aria-label="What banners say" data-testid="banner-spoken">
        <Spoken banner={arrived} session={session} />
      </p>
      {standing.map(({ banner, leaving }) => (
        <BannerCard
          key={banner.tag}
          banner={banner}
          leaving={leaving}
          onDismiss={() => {
            dismiss(banner);
          }}
          onDraft={(drafting) => {
            if (drafting) stage.rest(`draft ${banner.tag}`);
            else stage.unrest(`draft ${banner.tag}`);
          }}
        />
      ))}
      {more > 0 && !all ? (
        <button
          type="button"
          className="banners-more"
          onClick={() => {
            stage.showAll();
          }}
        >
          +{more} more
          <span className="unseen"> {more === 1 ? "notification" : "notifications"}</span>
        </button>
      ) : null}
    </section>
  );
}

/** What arrived last, in one sentence. An edit of it, or its departure, changes nothing. */
function Spoken({ banner, session }: { readonly banner: Banner | null; readonly session: Session }): ReactNode {
  const [said, setSaid] = useState<{ banner: Banner; words: string } | null>(null);
  if (banner !== null && said?.banner !== banner) {
    setSaid({ banner, words: spokenOf(banner, (person) => session.someone(person).name) });
  }
  return said?.words ?? "";
}
