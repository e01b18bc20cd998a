import type { ReactNode } from "react";
import { PATHS, type Tool } from "./items.js";

export function ItemPage({ tool, id }: { readonly tool: Tool; readonly id: string }): ReactNode {
  return `${PATHS[tool]} ${id}`;
}
