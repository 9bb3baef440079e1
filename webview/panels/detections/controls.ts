/** What is shown and how: thresholds, filters, order, what is drawn on the images. */
import type {
  Change as DetectionsChange,
  DetectionsModel,
  DetectionsView,
  Method,
  SizeName,
  SortKey,
} from '../../../src/shared/protocol/panels/detectionsPanel';
import type { PairLayout } from '../../../src/shared/protocol/panels/panelMessages';
import type { ScoreRange } from '../../../src/shared/views/detections/scoreRange';
import { errorLook, verdictsOf } from '../../charts/errorLooks';
import { createChoice, createToggle, type Option } from '../../ui/choice';
import { layoutOptions } from '../../ui/comparison';
import { element } from '../../ui/element';
import { createSlider } from '../../ui/slider';

export interface Controls {
  readonly node: HTMLElement;
  draw(input: ControlsInput): void;
}

export interface ControlsInput {
  readonly view: DetectionsView;
  readonly model: DetectionsModel;
  readonly isTwo: boolean;
  readonly categories: readonly string[];
  readonly hasMasks: boolean;
  readonly scores: ScoreRange;
}

export interface ControlsOptions {
  readonly change: (part: Partial<DetectionsView>) => void;
  readonly onAddResults: () => void;
  readonly onReset: () => void;
}

type Change = (part: Partial<DetectionsView>) => void;

export function createControls({ change, onAddResults, onReset }: ControlsOptions): Controls {
  const groups = [createThresholds(change, onAddResults), createFilters(change, onReset), createDrawing(change)];
  return {
    node: element('div', { class: 'controls' }, ...groups.map(({ node }) => node)),
    draw: (input) => groups.forEach((group) => group.draw(input)),
  };
}

function createGroup(label: string, ...children: readonly HTMLElement[]): HTMLElement {
  return element('div', { class: 'toolbar', role: 'group', 'aria-label': label }, ...children);
}

const twoDigits = (value: number): string => value.toFixed(2);
const percent = (value: number): string => `${Math.round(100 * value)} %`;

const methods: readonly Option[] = [
  { value: 'tide', label: 'TIDE' },
  { value: 'hoiem', label: 'Hoiem' },
];

/** What counts as found and as right, and what is compared. */
function createThresholds(change: Change, onAddResults: () => void): Controls {
  const score = createSlider({
    ...{ label: 'Score ≥', title: 'Detections with a lower score are left out', min: 0, max: 1, step: 0.01 },
    ...{ format: twoDigits, onInput: (minScore) => change({ minScore }) },
  });
  const iou = createSlider({
    ...{ label: 'IoU ≥', title: 'Overlap from which a detection is right', min: 0.1, max: 0.95, step: 0.05 },
    ...{ format: twoDigits, onInput: (value) => change({ iou: value }) },
  });
  const method = createChoice('Errors by', (value) => change({ method: value as Method, verdict: '' }));
  const other = createChoice('Compare with', (value) => change({ other: value }));
  const add = element('vscode-button', { appearance: 'secondary' }, 'Compare with other results…');
  add.addEventListener('click', onAddResults);
  const layout = createChoice('Show', (value) => change({ layout: value as PairLayout }));
  return {
    node: createGroup('Thresholds', score.node, iou.node, method.node, other.node, add, layout.node),
    draw: ({ view, model, isTwo, scores }) => {
      score.setRange(scores);
      score.draw(view.minScore);
      iou.draw(view.iou);
      method.draw(methods, view.method);
      const others = model.others.map(({ id, name }) => ({ value: id, label: name }));
      other.draw([{ value: '', label: 'nothing' }, ...others], view.other ?? '');
      other.node.hidden = others.length === 0;
      add.hidden = !model.canAddResults || isTwo;
      layout.draw(layoutOptions('A', 'B'), view.layout);
      layout.node.hidden = !isTwo;
    },
  };
}

const all: Option = { value: '', label: 'all' };

const sizes: readonly Option[] = [
  { value: 'all', label: 'of all sizes' },
  { value: 'small', label: 'small (≤ 32²)' },
  { value: 'medium', label: 'medium' },
  { value: 'large', label: 'large (≥ 96²)' },
];

const changes: readonly Option[] = [
  { value: 'all', label: 'all images' },
  { value: 'moved', label: 'moved' },
  { value: 'gained', label: 'found by B only' },
  { value: 'lost', label: 'found by A only' },
];

const orders: readonly Option[] = [
  { value: 'file', label: 'as in the file' },
  { value: 'errors', label: 'most errors' },
  { value: 'confident', label: 'surest error' },
  { value: 'objects', label: 'most objects' },
];

/** Which images and boxes are shown, and in which order. */
function createFilters(change: Change, onReset: () => void): Controls {
  const category = createChoice('Class', (value) => change({ category: value, cell: undefined }));
  const verdict = createChoice('Verdict', (value) => change({ verdict: value, cell: undefined }));
  const size = createChoice('Objects', (value) => change({ size: value as SizeName }));
  const moved = createChoice('Changed', (value) => change({ change: value as DetectionsChange }));
  const sort = createChoice('Order', (value) => change({ sort: value as SortKey }));
  const search = element('vscode-text-field', {
    placeholder: 'Image name',
    'aria-label': 'Image name',
  }) as HTMLElement & { value: string };
  search.addEventListener('input', () => change({ search: search.value }));
  const cell = element('span', { class: 'cell-filter' });
  const reset = element('vscode-button', { appearance: 'secondary' }, 'Clear filters');
  reset.addEventListener('click', onReset);
  const choices = [category.node, verdict.node, size.node, moved.node];
  return {
    node: createGroup('Filters', ...choices, search, sort.node, cell, reset),
    draw: ({ view, isTwo, categories }) => {
      category.draw([all, ...categories.map((name) => ({ value: name, label: name }))], view.category);
      verdict.draw([all, ...verdictOptions(view.method)], view.verdict);
      size.draw(sizes, view.size);
      moved.draw(changes, view.change);
      moved.node.hidden = !isTwo;
      sort.draw([...orders, ...(isTwo ? [{ value: 'moved', label: 'most moved' }] : [])], view.sort);
      if (search.value !== view.search) search.value = view.search;
      cell.textContent = view.cell ? `${view.cell.truth || 'nothing'} taken for ${view.cell.found || 'nothing'}` : '';
      cell.hidden = view.cell === undefined;
      reset.hidden = !isFiltered(view);
    },
  };
}

function verdictOptions(method: Method): Option[] {
  return verdictsOf(method).map((value) => {
    const { letter, name } = errorLook(value, method);
    return { value, label: `${letter} ${name}` };
  });
}

/** What is drawn on the images, and how large they are. */
function createDrawing(change: Change): Controls {
  const truth = createToggle('Ground truth', (showTruth) => change({ showTruth }));
  const found = createToggle('Detections', (showFound) => change({ showFound }));
  const labels = createToggle('Labels', (showLabels) => change({ showLabels }));
  const masks = createSlider({
    ...{ label: 'Masks', title: 'How opaque masks are', min: 0, max: 1, step: 0.05 },
    ...{ format: percent, onInput: (maskOpacity) => change({ maskOpacity }) },
  });
  const tile = createSlider({
    ...{ label: 'Size', title: 'Size of the images in the grid', min: 80, max: 480, step: 20 },
    ...{ format: (value) => `${value} px`, onInput: (value) => change({ tile: value }) },
  });
  return {
    node: createGroup('Drawing', truth.node, found.node, labels.node, masks.node, tile.node),
    draw: ({ view, hasMasks }) => {
      truth.draw(view.showTruth);
      found.draw(view.showFound);
      labels.draw(view.showLabels);
      masks.draw(view.maskOpacity);
      masks.node.hidden = !hasMasks;
      tile.draw(view.tile);
    },
  };
}

/** Something is left out. */
export function isFiltered(view: DetectionsView): boolean {
  const { category, verdict, size, change, cell, search } = view;
  return category !== '' || verdict !== '' || size !== 'all' || change !== 'all' || cell !== undefined || search !== '';
}

export const noFilters: Partial<DetectionsView> = {
  ...{ category: '', verdict: '', size: 'all', change: 'all', cell: undefined, search: '' },
};
