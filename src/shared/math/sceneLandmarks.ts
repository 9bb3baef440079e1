/** Landmarks of a composed object: where its outline reaches farthest, and the middle of its pixels. */

/** In the order of `findLandmarks`. */
export const sceneLandmarks = ['left', 'top', 'right', 'bottom', 'middle'] as const;

/**
 * Places (y · size + x) of the five landmarks on a whole object, hidden parts included; `covered` are its places in reading
 * order. Of equally far ones the first counts; the middle is the covered place nearest to the mean of all.
 */
export function findLandmarks(covered: readonly number[], size: number): number[] {
  const x = (place: number): number => place % size;
  const y = (place: number): number => Math.floor(place / size);
  const least = (value: (place: number) => number): number =>
    covered.reduce((best, place) => (value(place) < value(best) ? place : best));
  const mean = (value: (place: number) => number): number =>
    covered.reduce((sum, place) => sum + value(place), 0) / covered.length;
  const [middleX, middleY] = [mean(x), mean(y)];
  const distance = (place: number): number => (x(place) - middleX) ** 2 + (y(place) - middleY) ** 2;
  return [least(x), least(y), least((place) => -x(place)), least((place) => -y(place)), least(distance)];
}
