/** Writes cents as a price, such as `12.50 €`. */
export function price(cents) {
  const euros = Math.trunc(cents / 100);
  const rest = String(cents % 100).padStart(2, '0');
  return `${euros}.${rest} €`;
}
