/** Banners, notification settings, and "why was I not notified?". */
import type { ReactNode } from "react";

/** The banners of this tab, top right. */
export function BannerRegion(): ReactNode {
  return null;
}

/** How the person wants to be told. */
export function NotificationSettings(): ReactNode {
  return null;
}

/** Why a message was, or was not, announced. */
export function WhyPage(): ReactNode {
  return null;
}
