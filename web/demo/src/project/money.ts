const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 0 });

/** $88,400. */
export function money(amount: number): string {
  return dollars.format(amount);
}
