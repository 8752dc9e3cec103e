import assert from 'node:assert/strict';
import { test } from 'node:test';

import { add, lines } from '../src/basket.js';
import { price } from '../src/money.js';

test('a price has two decimals', () => {
  assert.equal(price(1250), '12.50 €');
  assert.equal(price(5), '0.05 €');
});

test('adding twice counts two', () => {
  assert.deepEqual(lines(add(add({}, 'mug'), 'mug')), [{ sku: 'mug', quantity: 2 }]);
});

test('adding leaves the old basket alone', () => {
  const old = { mug: 1 };
  add(old, 'mug');
  assert.deepEqual(old, { mug: 1 });
});
