/** Walking over the points of a chart with the arrow keys: left and right along a line, up and down between lines. */
import type { PlacedPoint } from '../../charts/depthSeries';

/** The point that a key leads to from `from`; the first one from nowhere; undefined for other keys. */
export function walk(
  points: readonly PlacedPoint[],
  from: PlacedPoint | undefined,
  key: string,
): PlacedPoint | undefined {
  if (!/^(Arrow(Left|Right|Up|Down)|Home|End)$/.test(key)) return undefined;
  if (!from) return points[0];
  const line = points.filter(({ pretraining }) => pretraining === from.pretraining);
  const place = line.findIndex(({ layer }) => layer === from.layer);
  if (key === 'Home') return line[0];
  if (key === 'End') return line.at(-1);
  if (key === 'ArrowLeft') return line[place - 1] ?? from;
  if (key === 'ArrowRight') return line[place + 1] ?? from;
  // Pixels grow downwards.
  const column = points.filter(({ layer }) => layer === from.layer).sort((a, b) => a.y - b.y);
  const height = column.findIndex(({ pretraining }) => pretraining === from.pretraining);
  return column[height + (key === 'ArrowUp' ? -1 : 1)] ?? from;
}
