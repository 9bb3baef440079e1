/** Products and distances of rows, to the last bit what one sum after the other gives. */
import { expect, it } from 'vitest';
import { productRows, squaredDistances } from '../../../../../src/shared/math/fewShot/rowProducts';
import { deriveRandom } from '../../../../../src/shared/random';

it.each([
  [1, 5, 3],
  [4, 2, 17],
  [11, 3, 64],
])('%i × %i rows of %i numbers', (n, m, dimension) => {
  const random = deriveRandom(0, 'rows', n);
  const draw = (rows: number) => Float32Array.from({ length: rows * dimension }, () => random.normal());
  const [a, b] = [draw(n), draw(m)];
  const pairwise = (add: (p: number, q: number) => number) =>
    Float64Array.from({ length: n * m }, (_, pair) => {
      const [i, j] = [Math.floor(pair / m), pair % m];
      let sum = 0;
      for (let d = 0; d < dimension; d++) sum += add(a[i * dimension + d]!, b[j * dimension + d]!);
      return sum;
    });
  expect(productRows(a, b, dimension)).toEqual(pairwise((p, q) => p * q));
  expect(squaredDistances(a, b, dimension)).toEqual(pairwise((p, q) => (p - q) * (p - q)));
});
