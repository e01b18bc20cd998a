/** Banners, notification settings, and "why was I not notified?". */
import "./notifications.css";

export { BannerRegion } from "./banners/BannerRegion.js";
export { ConversationNotifications } from "./ConversationNotifications.js";
export { NotificationSettings } from "./settings/NotificationSettings.js";
export { Suggestion } from "./Suggestion.js";
export { WhyPage, whyAddress } from "./why/WhyPage.js";
