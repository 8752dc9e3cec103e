import { lines } from './basket.js';

/**
 * Places the order. One key is made for each basket, not for each click,
 * so that an impatient customer buys once.
 */
export async function placeOrder(basket, key) {
  const response = await fetch('/orders', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
    body: JSON.stringify({ lines: lines(basket) }),
  });
  const answer = await response.json();
  if (!response.ok) {
    throw new Error(answer.detail);
  }
  return answer;
}
