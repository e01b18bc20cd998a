/** What a person writes: text and mentions, as the contract takes it. Pure. */

/** A piece of a message: text, or a mention with the words it is shown as. */
export type Piece = string | { readonly person: string; readonly label: string } | { readonly everyone: string };

function textOf(piece: Piece): string {
  if (typeof piece === "string") return piece;
  return `@${"person" in piece ? piece.label || piece.person : piece.everyone || "everyone"}`;
}

/** How it will read. */
export const wordsOf = (pieces: readonly Piece[]): string => pieces.map(textOf).join("");

/** Text alone as text; with mentions as parts, which the server makes into text and positions. */
export function contentOf(pieces: readonly Piece[]) {
  if (pieces.every((piece) => typeof piece === "string")) return { text: pieces.join("") };
  return {
    parts: pieces.filter((piece) => piece !== "").map((piece) => {
      if (typeof piece === "string") return { part: { case: "text" as const, value: piece } };
      if ("person" in piece) return { part: { case: "person" as const, value: piece } };
      return { part: { case: "everyone" as const, value: { label: piece.everyone } } };
    }),
  };
}
