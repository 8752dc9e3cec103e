/** A basket with one more of a product in it; the old basket is left as it was. */
export function add(basket, sku) {
  return { ...basket, [sku]: (basket[sku] ?? 0) + 1 };
}

/** The basket as the API wants it. */
export function lines(basket) {
  return Object.entries(basket).map(([sku, quantity]) => ({ sku, quantity }));
}
