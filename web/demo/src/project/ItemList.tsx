import type { ReactNode } from "react";
import { PATHS, type Tool } from "./items.js";

export function ItemList({ tool }: { readonly tool: Tool }): ReactNode {
  return PATHS[tool];
}
