/**
 * Hints between the lines of a correct experiment file: what a recipe brings, how many steps an epoch count means, the size
 * of the network, the memory of a training, how much work the plan holds. Left out: hints for files with errors.
 */
import { trainingBytes } from '../experiment/checks/size';
import { effectiveBatch, showBatch } from '../experiment/effectiveBatch';
import { isMomentum } from '../experiment/checks/context';
import { isTrained } from '../experiment/training';
import { describeLayers, multiplyAdds, parameterCount } from '../experiment/layers';
import type { ParsedExperiment } from '../experiment/parse';
import type { Path } from '../experiment/places';
import { planStages } from '../experiment/plan';
import { isFineTuning, type TransferSettings } from '../experiment/transferSchema';
import type { Experiment, TrainedPretraining } from '../experiment/schema';
import { formatBytes, formatCount, formatMillions, formatNumberOf } from '../views/formatNumbers';
import { knownFacts } from './knownFacts';
import type { Span } from './sourceTree';

export interface InlayHint {
  readonly offset: number;
  readonly label: string;
  readonly tooltip?: string;
}

/** Hints of the part of the file within `range`. */
export function inlayHints(parsed: ParsedExperiment, range: Span): InlayHint[] {
  const { experiment } = parsed;
  if (!experiment) return [];
  const hints = [
    ...planHint(experiment, parsed),
    ...backboneHint(experiment, parsed),
    ...entryGroups(experiment.pretrainings, parsed).flatMap(({ path, cells }) => [
      ...matrixHint(path, formatNumberOf(cells.length, 'pretraining'), parsed),
      ...trainingHints(path, cells.filter(isTrained), { experiment, parsed }),
    ]),
    ...entryGroups(experiment.transfers, parsed).flatMap(({ path, cells }) => [
      ...matrixHint(path, formatNumberOf(cells.length, 'transfer'), parsed),
      ...layersHint(path, cells, parsed),
    ]),
  ];
  return hints.filter(({ offset }) => range.start <= offset && offset <= range.end).sort((a, b) => a.offset - b.offset);
}

/** Of a larger plan only the product is told: keys of its stages would take too long while typing. */
const maxPlanned = 120;

function planHint(experiment: Experiment, { document }: ParsedExperiment): InlayHint[] {
  const { pretrainings, transfers, analyses, seeds } = experiment;
  const { offset } = document.rangeOf(['name']).end;
  const product = [
    formatNumberOf(pretrainings.length, 'pretraining'),
    ...(transfers.length > 0 ? [formatNumberOf(transfers.length, 'transfer')] : []),
    formatNumberOf(seeds.length, 'seed'),
  ].join(' × ');
  if (pretrainings.length * (1 + transfers.length) * seeds.length > maxPlanned) return [{ offset, label: product }];
  const { stages } = planStages(experiment, {
    fingerprints: Object.fromEntries(Object.keys(experiment.data).map((id) => [id, id])),
    fileHashes: new Proxy({}, { get: (_, path) => String(path) }),
    runtimeFamily: '',
    codeVersions: { pretraining: '', features: '', transfer: '', analysis: '' },
  });
  const count = (kind: string) => new Set(stages.filter((stage) => stage.kind === kind).map(({ key }) => key)).size;
  const tooltip = [
    product,
    `${formatCount(count('pretraining'))} to pretrain, import or draw`,
    `${formatCount(count('features'))} feature extractions`,
    formatNumberOf(count('transfer'), 'transfer'),
    ...(analyses.length > 0 ? [`${formatCount(count('analysis'))} analysed`] : []),
  ].join('\n');
  const total = new Set(stages.map(({ key }) => key)).size;
  return [{ offset, label: formatNumberOf(total, 'stage'), tooltip }];
}

function backboneHint({ backbone, imageSize }: Experiment, { document }: ParsedExperiment): InlayHint[] {
  const path = ['backbone', 'name'];
  if (!document.has(path)) return [];
  const parameters = parameterCount(backbone);
  const tooltip = [
    `${formatCount(parameters)} parameters without a classifier`,
    `${formatMillions(multiplyAdds(backbone, imageSize))} multiply-adds for one image of ${imageSize} px`,
    `${describeLayers(backbone).length} layers, ${describeLayers(backbone).at(-1)!.channels} features`,
  ].join('\n');
  return [{ offset: document.rangeOf(path).end.offset, label: `${formatMillions(parameters)} parameters`, tooltip }];
}

interface Group<T> {
  readonly path: Path;
  readonly cells: readonly T[];
}

/** Resolved entries that come from one entry of the file. */
function entryGroups<T extends { readonly id: string }>(cells: readonly T[], { places }: ParsedExperiment): Group<T>[] {
  const groups = new Map<string, { path: Path; cells: T[] }>();
  for (const cell of cells) {
    const path = places.get(cell.id);
    if (!path) continue;
    const group = groups.get(path.join()) ?? { path, cells: [] };
    group.cells.push(cell);
    groups.set(path.join(), group);
  }
  return [...groups.values()];
}

function matrixHint(path: Path, made: string, { document }: ParsedExperiment): InlayHint[] {
  const matrix = [...path, 'matrix'];
  if (!document.has(matrix)) return [];
  // After the colon.
  return [{ offset: document.rangeOf(matrix, 'key').end.offset + 1, label: `makes ${made}` }];
}

interface TrainingContext {
  readonly experiment: Experiment;
  readonly parsed: ParsedExperiment;
}

function trainingHints(path: Path, cells: readonly TrainedPretraining[], context: TrainingContext): InlayHint[] {
  const { document } = context.parsed;
  const [first] = cells;
  if (!first) return [];
  const has = (key: string) => document.has([...path, key]);
  const hints: InlayHint[] = [];
  const add = (key: string, label: string | undefined, tooltip?: string): void => {
    if (label) hints.push({ offset: document.rangeOf([...path, key]).end.offset, label, tooltip });
  };
  const length = lengthOf(cells, context.experiment);
  const memory = memoryOf(cells, context.experiment);
  if (has('steps')) add('steps', length?.other);
  if (has('epochs')) add('epochs', length?.other);
  if (has('batch')) add('batch', memory, memoryTooltip);
  if (has('accumulate'))
    add(
      'accumulate',
      common(cells, (cell) => `${formatCount(effectiveBatch(cell))} images an update`),
    );
  const lengthWritten = has('steps') || has('epochs');
  const parts = [
    ...resolvedParts(cells, (key) => has(key) || document.has([...path, 'matrix', key])),
    ...(lengthWritten || !length ? [] : [[length.own, length.other].filter(Boolean).join(' ')]),
    ...(has('batch') || !memory ? [] : [memory]),
  ];
  const anchor = ['recipe', 'method'].find(has);
  if (anchor && parts.length > 0) add(anchor, parts.join(', '), resolvedTooltip(cells));
  return hints;
}

/** Settings that matter most and are not written in the entry. */
function resolvedParts(cells: readonly TrainedPretraining[], isWritten: (key: string) => boolean): string[] {
  const parts: [key: string, words: (cell: TrainedPretraining) => string | undefined][] = [
    ['learningRate', ({ learningRate }) => `lr ${learningRate}`],
    ['batch', (cell) => `batch ${cell.accumulate === 1 ? formatCount(cell.batch) : showBatch(cell)}`],
    ['queue', (cell) => (isMomentum(cell) ? `queue ${formatCount(cell.queue)}` : undefined)],
  ];
  return parts.flatMap(([key, words]) => {
    const word = isWritten(key) ? undefined : common(cells, words);
    return word === undefined ? [] : [word];
  });
}

/** The words that all cells of a matrix share. */
function common<T>(cells: readonly T[], words: (cell: T) => string | undefined): string | undefined {
  const [first, ...others] = cells.map(words);
  return others.every((other) => other === first) ? first : undefined;
}

/** Length of a training in the unit it is given in, and in the other one where the size of the data is known. */
function lengthOf(
  cells: readonly TrainedPretraining[],
  experiment: Experiment,
): { readonly own: string; readonly other?: string } | undefined {
  const facts = knownFacts(experiment).data ?? {};
  const perEpoch = (cell: TrainedPretraining) => {
    const { data, split } = cell;
    const images = Object.hasOwn(facts, data) ? facts[data]?.bySplit[split]?.length : undefined;
    return images === undefined ? 0 : Math.floor(images / effectiveBatch(cell));
  };
  const own = common(cells, ({ steps, epochs }) =>
    steps === undefined ? formatNumberOf(epochs ?? 0, 'epoch') : formatNumberOf(steps, 'step'),
  );
  const other = common(cells, (cell) => {
    const steps = perEpoch(cell);
    if (steps === 0) return undefined;
    if (cell.steps === undefined) return `= ${formatNumberOf(Math.ceil(steps * (cell.epochs ?? 0)), 'step')}`;
    return `≈ ${formatRounded(cell.steps / steps)} epochs`;
  });
  return own === undefined ? undefined : { own, ...(other !== undefined && { other }) };
}

function formatRounded(value: number): string {
  return value >= 100 ? formatCount(Math.round(value)) : String(Number(value.toPrecision(2)));
}

const memoryTooltip = 'Estimated memory of a training step: weights, gradients, momentum, queue and activations.';

function memoryOf(cells: readonly TrainedPretraining[], { backbone }: Experiment): string | undefined {
  return common(cells, (cell) => {
    const { fixed, perImage } = trainingBytes(cell, backbone);
    const each = cell.processes > 1 ? ' a process' : '';
    return `≈ ${formatBytes(fixed + cell.batch * perImage)}${each}`;
  });
}

/** Every plain setting that all cells share. */
function resolvedTooltip(cells: readonly TrainedPretraining[]): string {
  const keys = Object.keys(cells[0]!).filter((key) => !['id', 'about', 'recipe', 'monitor'].includes(key));
  const lines = keys.map((key) => {
    const value = common(cells, (cell) => JSON.stringify(cell[key as keyof TrainedPretraining]));
    return `${key}: ${value === undefined ? 'varies' : value.replace(/"/g, '')}`;
  });
  return lines.join('\n');
}

function layersHint(path: Path, cells: readonly TransferSettings[], { document }: ParsedExperiment): InlayHint[] {
  const place = [...path, 'layers'];
  const [first] = cells;
  if (!first || isFineTuning(first) || !document.has(place) || document.has([...place, 0])) return [];
  const label = common(cells, (cell) => ('layers' in cell ? `${cell.layers.length} layers` : ''));
  return label ? [{ offset: document.rangeOf(place).end.offset, label, tooltip: first.layers.join(', ') }] : [];
}
