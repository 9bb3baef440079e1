/**
 * The places of a matching where something happened. Most detections of a large set are plain false positives at every
 * threshold: they need only be counted, and moving a slider walks over the rest.
 */
import type { Matching } from './cocoMatching';

export interface CompactMatching extends Pick<Matching, 'thresholds' | 'positives'> {
  /** [classes + 1] into the columns below. */
  readonly starts: Uint32Array;
  /** Places of the matching, ascending, that hit or are ignored at any threshold. */
  readonly places: Uint32Array;
  /** Of those places, bits by threshold. */
  readonly hits: Uint16Array;
  readonly ignored: Uint16Array;
}

/** `classStarts`: [classes + 1] into the places, those of the candidates. */
export function compactMatching(
  { thresholds, positives, hits, ignored }: Matching,
  classStarts: Uint32Array,
): CompactMatching {
  let count = 0;
  for (let place = 0; place < hits.length; place++) if ((hits[place]! | ignored[place]!) !== 0) count++;
  const places = new Uint32Array(count);
  const [kept, skipped] = [new Uint16Array(count), new Uint16Array(count)];
  const starts = new Uint32Array(classStarts.length);
  let row = 0;
  for (let k = 0; k + 1 < classStarts.length; k++) {
    for (let place = classStarts[k]!; place < classStarts[k + 1]!; place++) {
      if ((hits[place]! | ignored[place]!) === 0) continue;
      places[row] = place;
      kept[row] = hits[place]!;
      skipped[row++] = ignored[place]!;
    }
    starts[k + 1] = row;
  }
  return { thresholds, positives, starts, places, hits: kept, ignored: skipped };
}
