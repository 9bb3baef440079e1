/** A curve as it is drawn: as many points as can be told apart, and how its values are written. */

/** x: [N] steps, y: [N], null where the value was not finite. */
export interface ThinnedCurve {
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

export type CurveFormat = 'share' | 'number' | 'rate';
