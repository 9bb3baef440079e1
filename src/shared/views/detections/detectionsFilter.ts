/** Which images and boxes of the Detections panel are shown: by class, verdict, size, what changed between runs, name. */
import { COCO_AREAS } from '../../math/detection/cocoMatching';
import { HOIEM_TYPES } from '../../math/detection/hoiem';
import { FATE, VERDICTS, type TideVerdicts } from '../../math/detection/tide';
import type { DetectionsView } from '../../protocol/panels/detectionsPanel';
import type { Detections, GroundTruth } from '../../results/detections';
import { cellOf, isLeftOut, type RunFigures } from './detectionsFigures';

/** Rows of a table by image: rows[starts[image] .. starts[image + 1]]. */
export interface RowsByImage {
  readonly starts: Uint32Array;
  readonly rows: Uint32Array;
}

export interface ShownRun {
  readonly detections: Detections;
  readonly byImage: RowsByImage;
  readonly figures: RunFigures;
}

export interface ShownTables {
  readonly truth: GroundTruth;
  readonly objects: RowsByImage;
  /** One or two. */
  readonly runs: readonly ShownRun[];
}

export type FilterView = Pick<
  DetectionsView,
  'minScore' | 'method' | 'category' | 'verdict' | 'size' | 'change' | 'cell' | 'search' | 'sort'
>;

/** What passes, box by box. */
export interface BoxFilter {
  object(object: number): boolean;
  detection(run: number, detection: number): boolean;
  /** Something is asked of boxes, so that images without any are left out. */
  readonly isActive: boolean;
}

export function groupByImage(image: Int32Array, images: number): RowsByImage {
  const starts = new Uint32Array(images + 1);
  for (const place of image) starts[place + 1]!++;
  for (let i = 0; i < images; i++) starts[i + 1]! += starts[i]!;
  const next = starts.slice();
  const rows = new Uint32Array(image.length);
  image.forEach((place, row) => (rows[next[place]!++] = row));
  return { starts, rows };
}

export function rowsOf({ starts, rows }: RowsByImage, image: number): Uint32Array {
  return rows.subarray(starts[image], starts[image + 1]);
}

/** Verdict of a detection by name, in the chosen method; undefined where it has none. */
export function verdictName(figures: RunFigures, method: FilterView['method'], detection: number): string | undefined {
  if (method === 'hoiem') return HOIEM_TYPES[figures.hoiem?.types[detection] ?? 255];
  const verdict = figures.verdicts.verdicts[detection]!;
  return verdict === 0 ? undefined : VERDICTS[verdict];
}

export function createBoxFilter(tables: ShownTables, view: FilterView): BoxFilter {
  const { truth, runs } = tables;
  const { categories } = truth;
  const category = view.category === '' ? -1 : categories.names.indexOf(view.category);
  const size = COCO_AREAS.find(({ name }) => name === view.size) ?? COCO_AREAS[0]!;
  const placeOf = (name: string): number => (name === '' ? categories.ids.length : categories.names.indexOf(name));
  const cell = view.cell && { truth: placeOf(view.cell.truth), found: placeOf(view.cell.found) };
  const isInside = (area: number): boolean => view.size === 'all' || (area >= size.low && area <= size.high);
  const wantsMissed = view.verdict === 'miss';
  return {
    isActive: category >= 0 || view.verdict !== '' || view.size !== 'all' || cell !== undefined,
    object: (object) => {
      if (category >= 0 && truth.category[object] !== category) return false;
      if (!isInside(truth.areas[object]!)) return false;
      const isOf = (test: (verdicts: TideVerdicts) => boolean): boolean =>
        runs.some(({ figures }) => test(figures.verdicts));
      if (wantsMissed && !isOf(({ fates }) => fates[object] === FATE.missed)) return false;
      if (view.verdict !== '' && !wantsMissed) return false;
      if (!cell) return true;
      const isCell = truth.category[object] === cell.truth && cell.found === categories.ids.length;
      return isCell && isOf((verdicts) => isLeftOut(object, verdicts));
    },
    detection: (run, detection) => {
      const { detections, figures } = runs[run]!;
      if (!(detections.scores[detection]! >= view.minScore)) return false;
      if (category >= 0 && detections.category[detection] !== category) return false;
      if (!isInside(detections.areas[detection]!)) return false;
      if (view.verdict !== '' && verdictName(figures, view.method, detection) !== view.verdict) return false;
      if (!cell) return true;
      const own = cellOf(detection, truth, detections, figures.verdicts);
      return own?.truth === cell.truth && own.found === cell.found;
    },
  };
}

/** Objects of an image that only the second run (`gained`) or only the first (`lost`) found. */
export function changesOf({ runs, objects }: ShownTables, image: number): { gained: number; lost: number } {
  const [first, second] = runs;
  let [gained, lost] = [0, 0];
  if (!first || !second) return { gained, lost };
  for (const object of rowsOf(objects, image)) {
    const was = first.figures.verdicts.fates[object] === FATE.found;
    const is = second.figures.verdicts.fates[object] === FATE.found;
    if (is && !was) gained++;
    if (was && !is) lost++;
  }
  return { gained, lost };
}

/** Errors of a run in an image: detections that are wrong, and objects that are missed. */
export function errorsOf({ runs, objects }: ShownTables, run: number, image: number): number {
  const { byImage, figures } = runs[run]!;
  const { verdicts, isIgnored, fates } = figures.verdicts;
  let count = 0;
  for (const row of rowsOf(byImage, image)) if (verdicts[row]! > 1 && isIgnored[row] === 0) count++;
  for (const object of rowsOf(objects, image)) if (fates[object] === FATE.missed) count++;
  return count;
}

/** Images to show, in order. */
export function selectImages(tables: ShownTables, view: FilterView): Int32Array {
  const { truth, objects, runs } = tables;
  const filter = createBoxFilter(tables, view);
  const wanted = view.search.trim().toLowerCase();
  const passes = (image: number): boolean => {
    const name = truth.images.names[image]!;
    if (wanted !== '' && !name.toLowerCase().includes(wanted)) return false;
    if (view.change !== 'all' && runs.length > 1 && !hasChanged(tables, image, view.change)) return false;
    if (!filter.isActive) return true;
    if (rowsOf(objects, image).some((object) => filter.object(object))) return true;
    return runs.some(({ byImage }, run) => rowsOf(byImage, image).some((row) => filter.detection(run, row)));
  };
  const shown = Int32Array.from(truth.images.ids.keys()).filter(passes);
  return sortImages(shown, tables, view.sort);
}

function hasChanged(tables: ShownTables, image: number, change: FilterView['change']): boolean {
  const { gained, lost } = changesOf(tables, image);
  if (change === 'gained') return gained > 0;
  if (change === 'lost') return lost > 0;
  return gained + lost > 0 || errorsOf(tables, 0, image) !== errorsOf(tables, 1, image);
}

function sortImages(images: Int32Array, tables: ShownTables, sort: FilterView['sort']): Int32Array {
  if (sort === 'file') return images;
  const weights = new Map([...images].map((image) => [image, weigh(tables, image, sort)]));
  return images.sort((a, b) => weights.get(b)! - weights.get(a)! || a - b);
}

function weigh(tables: ShownTables, image: number, sort: FilterView['sort']): number {
  const { objects, runs } = tables;
  if (sort === 'objects') return objects.starts[image + 1]! - objects.starts[image]!;
  if (sort === 'errors') return Math.max(...runs.map((_, run) => errorsOf(tables, run, image)));
  if (sort === 'moved') {
    const { gained, lost } = changesOf(tables, image);
    const errors = runs.length > 1 ? Math.abs(errorsOf(tables, 0, image) - errorsOf(tables, 1, image)) : 0;
    return 100 * (gained + lost) + errors;
  }
  // The surest error: what a detector is most wrong about, or what its annotators were.
  let most = -1;
  for (const { byImage, detections, figures } of runs) {
    for (const row of rowsOf(byImage, image)) {
      const isError = figures.verdicts.verdicts[row]! > 1 && figures.verdicts.isIgnored[row] === 0;
      if (isError) most = Math.max(most, detections.scores[row]!);
    }
  }
  return most;
}
