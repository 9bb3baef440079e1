/**
 * The `.pts` files of iBUG and 300-W: a version, a number of points, and in braces one point a line. Their coordinates count
 * from 1; here pixel centres are whole numbers from 0.
 */
import { UserError } from '../errors';

/** More points than any set of landmarks has. */
const MAX_POINTS = 10_000;

/** [points, 2] x, y in px from 0. Throws a user error that names the file and what is wrong with it. */
export function parsePts(text: string, file: string): Float64Array {
  const fail = (what: string): never => {
    throw new UserError('data', `${file} is no .pts file: ${what}`, { file });
  };
  const declared = Number(/n_points\s*:\s*(\d+)/.exec(text)?.[1] ?? NaN);
  const [open, close] = [text.indexOf('{'), text.lastIndexOf('}')];
  if (open < 0 || close < open) return fail('it has no points in braces');
  const lines = text
    .slice(open + 1, close)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  if (lines.length > MAX_POINTS) return fail(`it has ${lines.length} points`);
  if (!Number.isNaN(declared) && declared !== lines.length)
    return fail(`n_points says ${declared}, but there are ${lines.length} points`);
  const points = new Float64Array(2 * lines.length);
  lines.forEach((line, i) => {
    const [x, y, ...rest] = line
      .trim()
      .split(/[\s,]+/)
      .map(Number);
    if (x === undefined || y === undefined || rest.length > 0 || !Number.isFinite(x) || !Number.isFinite(y))
      return fail(`"${line.trim().slice(0, 40)}" is not a point`);
    points.set([x - 1, y - 1], 2 * i);
  });
  return points;
}
