/** How a found message is shown: the words that were looked for, marked. Pure. */

const BEFORE = 40;
const LENGTH = 180;

const plain = (char: string): string => char.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();

/** The text without case and accents, and where each of its characters stands in the text as it is. */
function folded(text: string): { readonly text: string; readonly at: readonly number[] } {
  let folded_ = "";
  const at: number[] = [];
  let index = 0;
  for (const char of text) {
    const now = plain(char);
    for (let unit = 0; unit < now.length; unit++) at.push(index);
    folded_ += now;
    index += char.length;
  }
  at.push(text.length);
  return { text: folded_, at };
}

function wordsOf(query: string): string[] {
  return query.split(/[^\p{L}\p{N}]+/u).filter(Boolean).map(plain);
}

function places(text: string, query: string): { readonly start: number; readonly end: number }[] {
  const { text: within, at } = folded(text);
  const found: { start: number; end: number }[] = [];
  for (const word of wordsOf(query)) {
    for (let from = within.indexOf(word); from >= 0; from = within.indexOf(word, from + 1)) {
      // Words are found from their beginning.
      if (from > 0 && /[\p{L}\p{N}]/u.test(within.charAt(from - 1))) continue;
      found.push({ start: at[from] ?? 0, end: at[from + word.length] ?? text.length });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

/** A long text from shortly before the first word that was looked for. */
export function snippet(text: string, query: string): string {
  const line = text.replaceAll(/\s+/gu, " ");
  const first = places(line, query)[0]?.start ?? 0;
  if (first <= BEFORE + 20) return line.slice(0, LENGTH);
  const start = line.indexOf(" ", first - BEFORE) + 1;
  return `… ${line.slice(start > first ? first : start, start + LENGTH)}`;
}

/** The text in pieces, those that were looked for marked. */
export function marked(text: string, query: string): { readonly text: string; readonly marked: boolean }[] {
  const pieces: { text: string; marked: boolean }[] = [];
  let done = 0;
  for (const { start, end } of places(text, query)) {
    if (start < done) continue;
    if (start > done) pieces.push({ text: text.slice(done, start), marked: false });
    pieces.push({ text: text.slice(start, end), marked: true });
    done = end;
  }
  if (done < text.length) pieces.push({ text: text.slice(done), marked: false });
  return pieces;
}
