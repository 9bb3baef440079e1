/** Text of an iBUG `.pts` file; its points [points, 2] are in px from 0, those of the file from 1. */
export function ptsText(points: ArrayLike<number>): string {
  const lines = Array.from({ length: points.length / 2 }, (_, i) => `${points[2 * i]! + 1} ${points[2 * i + 1]! + 1}`);
  return `version: 1\nn_points: ${lines.length}\n{\n${lines.join('\n')}\n}\n`;
}
