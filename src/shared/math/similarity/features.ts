/** Features of one layer as the analyses take them: centred, in double precision, refused where nothing can be said of them. */
import { UserError } from '../../errors';
import type { Matrix } from '../rank';

/** Below this share of its mean square, a layer's spread is rounding noise. */
const DEAD = 1e-12;

/** Columns less their means. Throws UserError with `name` where all images have the same features, or some are not finite. */
export function centreFeatures(
  { data, rows, columns }: Matrix,
  name: string,
): Matrix & { readonly data: Float64Array } {
  const means = new Float64Array(columns);
  let squares = 0;
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < columns; k++) {
      const value = data[i * columns + k]!;
      means[k] = means[k]! + value / rows;
      squares += value * value;
    }
  }
  if (!Number.isFinite(squares))
    throw new UserError('data', `features of ${name} are not finite; train with a lower learning rate`);
  const centred = new Float64Array(rows * columns);
  let spread = 0;
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < columns; k++) {
      const value = data[i * columns + k]! - means[k]!;
      centred[i * columns + k] = value;
      spread += value * value;
    }
  }
  if (!(spread > DEAD * squares))
    throw new UserError(
      'data',
      `${name} gives all ${rows} images the same features, so nothing can be compared; leave this layer out`,
    );
  return { data: centred, rows, columns };
}
