/** The items of the project: what the host application itself knows. */

export type Tool = "rfi" | "submittal" | "change_order" | "punch_item";

/** The path of each tool's pages. */
export const PATHS = { rfi: "rfis", submittal: "submittals", change_order: "change-orders", punch_item: "punch" } as const;

export function toolOf(path: string): Tool | undefined {
  return (Object.keys(PATHS) as Tool[]).find((tool) => PATHS[tool] === path);
}

export const openCounts: Record<Tool, number> = { rfi: 0, submittal: 0, change_order: 0, punch_item: 0 };
