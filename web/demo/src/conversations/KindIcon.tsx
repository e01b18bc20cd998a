/** The picture of a conversation that is not of one person: a group, or the tool of its item. */
import { FileCheck2, FileQuestion, ListChecks, Receipt, Users, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

/** The tool in an item's link: /projects/<project>/<tool>/<item>. */
export function toolIn(link: string): string {
  return link.split("/")[3] ?? "";
}

const ICONS: Readonly<Record<string, LucideIcon>> = {
  rfis: FileQuestion,
  submittals: FileCheck2,
  "change-orders": Receipt,
  punch: ListChecks,
};

export function KindIcon({ kind, link, size = 38 }: { readonly kind: "group" | "item"; readonly link: string; readonly size?: number }): ReactNode {
  const Icon = kind === "group" ? Users : (ICONS[toolIn(link)] ?? FileQuestion);
  return (
    <span className={`kind-icon ${kind}`} style={{ width: size, height: size }} aria-hidden="true">
      <Icon size={Math.round(size * 0.47)} />
    </span>
  );
}
