/** The boxes of the large image as a list, which is also what screen readers get of it, and all that is known of the chosen one. */
import { boxIou } from '../../../src/shared/math/detection/boxes';
import { FATE } from '../../../src/shared/math/detection/tide';
import type { Detections } from '../../../src/shared/results/detections';
import { findFacts, type DetectionFacts } from '../../../src/shared/views/detections/detectionFacts';
import { rowsOf, verdictName } from '../../../src/shared/views/detections/detectionsFilter';
import { formatCount } from '../../../src/shared/views/formatNumbers';
import { errorLook } from '../../charts/errorLooks';
import { runLetter } from '../../ui/comparison';
import { element } from '../../ui/element';
import { boxAt, isSameBox, type BoxReference, type DrawnBox } from './boxes';
import type { Shown } from './shown';

export interface BoxList {
  readonly node: HTMLElement;
  /** Between what is known of the chosen box and the list: for more about it. */
  readonly place: HTMLElement;
  draw(shown: Shown, runs: readonly number[], boxes: ListedBoxes): void;
}

export interface ListedBoxes {
  readonly chosen: BoxReference | undefined;
  readonly boxesOf: (run: number) => readonly DrawnBox[];
}

/** A longer list helps nobody; the score slider shortens it. */
const MOST_ROWS = 200;

export function createBoxList(onChoose: (reference: BoxReference | undefined) => void): BoxList {
  const details = element('dl', { class: 'box-details', 'aria-live': 'polite' });
  const list = element('ul', { class: 'boxes', 'aria-label': 'Boxes of this image' });
  const more = element('p', { class: 'quiet' });
  const place = element('div', { class: 'box-more' });
  const node = element('div', { class: 'box-list' }, details, place, list, more);
  let boxes: readonly DrawnBox[] = [];
  let drawn = '';
  list.addEventListener('click', ({ target }) => {
    const at = (target as Element).closest<HTMLElement>('[data-at]')?.dataset.at;
    if (at !== undefined) onChoose(boxes[Number(at)]?.reference);
  });
  return {
    node,
    place,
    draw: (shown, runs, { chosen, boxesOf }) => {
      const { image } = shown.view;
      boxes = runs.flatMap((run, i) =>
        boxesOf(run).filter(({ reference }) => i === 0 || reference.kind === 'detection'),
      );
      const text = JSON.stringify([
        image,
        boxes.length,
        boxes.slice(0, MOST_ROWS).map(({ label, reference }) => [label, reference]),
      ]);
      if (text !== drawn) {
        drawn = text;
        list.replaceChildren(...boxes.slice(0, MOST_ROWS).map((box, at) => createRow(box, at, runs.length > 1)));
        more.textContent = boxes.length > MOST_ROWS ? `and ${boxes.length - MOST_ROWS} more` : '';
      }
      [...list.querySelectorAll<HTMLElement>('[data-at]')].forEach((row, at) => {
        const isChosen = chosen !== undefined && isSameBox(boxes[at]!.reference, chosen);
        row.setAttribute('aria-pressed', String(isChosen));
      });
      const rows = chosen ? describeBox(shown, chosen) : [];
      details.replaceChildren(...rows.flatMap(([term, value]) => [element('dt', {}, term), element('dd', {}, value)]));
      details.hidden = rows.length === 0;
    },
  };
}

function createRow({ look, label, reference }: DrawnBox, at: number, isTwo: boolean): HTMLElement {
  const kind = reference.kind === 'object' ? 'truth' : isTwo ? runLetter(reference.run) : 'found';
  const swatch = element('span', { class: `swatch ${reference.kind}`, 'aria-hidden': 'true' });
  swatch.style.setProperty('--look', look.colour);
  const name = look.letter === '' || !label.startsWith(look.letter) ? label : label.slice(look.letter.length + 1);
  const letter = element('span', { class: 'letter', 'aria-hidden': 'true' }, look.letter);
  return element(
    'li',
    {},
    element(
      'button',
      { type: 'button', class: 'plain box-row', 'data-at': at, 'aria-pressed': false, title: `${kind}: ${look.name}` },
      swatch,
      letter,
      element('span', { class: 'box-name' }, name),
      element('span', { class: 'quiet' }, `${kind}, ${look.name}`),
    ),
  );
}

type Row = readonly [term: string, value: string];

/** Everything that is known of a box. */
export function describeBox(shown: Shown, reference: BoxReference): Row[] {
  return reference.kind === 'object' ? describeObject(shown, reference.row) : describeDetection(shown, reference);
}

function describeObject({ tables }: Shown, object: number): Row[] {
  const { truth, runs } = tables;
  const fates: Readonly<Record<number, string>> = {
    [FATE.uncounted]: 'not counted',
    [FATE.found]: 'found',
    [FATE.loc]: 'only badly placed detections',
    [FATE.cls]: 'only detections of another class',
    [FATE.missed]: 'missed',
  };
  const rows: Row[] = [
    ['Ground truth', truth.categories.names[truth.category[object]!]!],
    ['Annotation', String(truth.ids[object])],
    ['Box', formatBox(boxAt(truth.boxes, object))],
    ['Area', `${Math.round(truth.areas[object]!)} px²`],
  ];
  runs.forEach(({ figures, detections }, run) => {
    const finder = figures.verdicts.finders[object]!;
    const by =
      finder < 0 ? '' : ` (score ${detections.scores[finder]!.toFixed(3)}, result ${detections.places[finder]})`;
    const name = runs.length > 1 ? `In ${runLetter(run)}` : 'Outcome';
    rows.push([name, `${fates[figures.verdicts.fates[object]!] ?? ''}${by}`]);
  });
  return rows;
}

function describeDetection({ tables, view, runs: named }: Shown, { run, row }: BoxReference): Row[] {
  const { truth, runs } = tables;
  const { detections, figures } = runs[run]!;
  const { objects, ious, suppressors, isIgnored } = figures.verdicts;
  const { names } = truth.categories;
  const facts = findFacts(tables, { run, row }, view);
  const costs = isIgnored[row] === 1 ? ', inside an ignored region: costs nothing' : '';
  const rows: Row[] = [
    [named.length > 1 ? `Found by ${runLetter(run)}` : 'Found', names[detections.category[row]!]!],
    ['Score', detections.scores[row]!.toFixed(4)],
    [
      'Besides',
      describeOthers(facts.besides, detections, (other) => names[detections.category[other]!]!) || 'no class',
    ],
    ['Verdict', `${errorLook(verdictName(figures, 'tide', row), 'tide').name}${costs}`],
    ['Hoiem', `${errorLook(facts.hoiem, 'hoiem').name}; ${describeRank(facts)}`],
    ['Box', formatBox(boxAt(detections.boxes, row))],
  ];
  const object = objects[row]!;
  if (object >= 0)
    rows.push([
      'About',
      `${names[truth.category[object]!]!} (annotation ${truth.ids[object]}), IoU ${ious[row]!.toFixed(3)}`,
    ]);
  if (suppressors[row]! >= 0)
    rows.push(['Taken by', `a detection with score ${detections.scores[suppressors[row]!]!.toFixed(3)}`]);
  const verdictOf = (other: number): string => errorLook(verdictName(figures, 'tide', other), 'tide').name;
  const rivals = describeOthers(facts.rivals, detections, verdictOf);
  if (rivals !== '') rows.push(['Same object', rivals]);
  rows.push(['Overlaps', describeOverlaps(tables, detections.image[row]!, detections.boxes, row)]);
  rows.push(['Result', `number ${detections.places[row]} of the file`]);
  return rows;
}

/** Hoiem looks at the N surest of a class with N objects. */
function describeRank({ rank, objects }: DetectionFacts): string {
  const place = `rank ${formatCount(rank)} of its class`;
  return `${place}, ${rank <= objects ? 'within' : 'beyond'} the ${formatCount(objects)} that count`;
}

function describeOthers(rows: readonly number[], { scores }: Detections, nameOf: (row: number) => string): string {
  return rows.map((row) => `${nameOf(row)} ${scores[row]!.toFixed(3)}`).join(', ');
}

/** The three objects whose boxes it overlaps most. */
function describeOverlaps(
  { truth, objects }: Shown['tables'],
  image: number,
  boxes: Float64Array,
  row: number,
): string {
  const found = [...rowsOf(objects, image)]
    .map((object) => ({ object, iou: boxIou(boxes, row, truth.boxes, object, truth.isCrowd[object] === 1) }))
    .filter(({ iou }) => iou > 0)
    .sort((a, b) => b.iou - a.iou)
    .slice(0, 3);
  if (found.length === 0) return 'no object';
  const { names } = truth.categories;
  return found.map(({ object, iou }) => `${names[truth.category[object]!]!} ${iou.toFixed(2)}`).join(', ');
}

function formatBox([x, y, width, height]: readonly [number, number, number, number]): string {
  return `${Math.round(width)} × ${Math.round(height)} px at ${Math.round(x)}, ${Math.round(y)}`;
}
