/**
 * What is suspicious about one update, in sentences. Thresholds are stated in docs/guide/debug-a-batch.md. Order: errors,
 * warnings, remarks; within them the inputs first and the weights last.
 */
import type { BatchFinding, BatchInspection, InspectedLayer, Matching } from '../../shared/results/batchInspection';
import { layerName } from '../../shared/views/batch/tensorRows';
import { formatNumberOf, formatShare } from '../../shared/views/formatNumbers';

/** From this share of a layer's channels on, dead ones are worth a word. */
const MANY_DEAD = 0.5;
/** So many layers are named. */
const MOST_DEAD = 5;
/** A layer's gradient against the median over layers: beyond this factor it vanishes or explodes. */
const FAR_FROM_MEDIAN = 1000;
/** Of fewer layers a median says nothing. */
const FEWEST_LAYERS = 3;
/** Changes of weights beside the weights: usual is about 1e-3 (Bottou's rule of thumb). */
const USUAL_CHANGE = { least: 1e-5, most: 1e-1 } as const;
/** Deviation of normalised pixels below which a batch is one grey area; 8-bit steps are about 0.017. */
const FLAT = 0.02;
/** Share of noise in a queue that is worth a word. */
const NOISY = 0.01;

type Unjudged = Omit<BatchInspection, 'findings'>;

export function findSuspicious(batch: Unjudged, warnings: readonly string[]): BatchFinding[] {
  const found = [
    ...notFinite(batch),
    ...ofInputs(batch),
    ...warnings.map((message) => ({ severity: 'warning' as const, message })),
    ...(batch.matching ? ofMatching(batch.matching) : []),
    ...deadLayers(batch.layers),
    ...gradientsOfLayers(batch.layers),
    ...changes(batch),
  ];
  const order = { error: 0, warning: 1, info: 2 } as const;
  return found.sort((a, b) => order[a.severity] - order[b.severity]);
}

function notFinite({ losses, layers, parameters }: Unjudged): BatchFinding[] {
  const found: BatchFinding[] = [];
  const broken = losses.find(({ value }) => !Number.isFinite(value));
  if (broken) found.push({ severity: 'error', message: `The ${broken.name} is ${broken.value}.` });
  const layer = layers.find(({ activation }) => activation.notFinite > 0);
  if (layer) {
    const { notFinite: count, count: all } = layer.activation;
    const message = `${layerName(layer)} is the first layer with numbers that are not finite: ${count} of ${all}.`;
    found.push({ severity: 'error', message, ...aboutLayer(layer) });
  }
  // Gradients come from the end, so the last layer is where they went wrong first.
  const back = layers.findLast(({ gradient }) => gradient !== undefined && gradient.notFinite > 0);
  if (back && !layer)
    found.push({
      severity: 'error',
      message: `On the way back, gradients are not finite from ${layerName(back)} on.`,
      ...aboutLayer(back),
    });
  const weight = parameters.find((one) => one.weight.notFinite > 0);
  if (weight)
    found.push({ severity: 'error', message: `${weight.name} holds numbers that are not finite.`, about: weight.name });
  return found;
}

function ofInputs({ views, images, matching }: Unjudged): BatchFinding[] {
  const found: BatchFinding[] = [];
  for (const { name, channels } of views) {
    if (channels.every(({ count, std }) => count > 0 && std < FLAT))
      found.push({ severity: 'error', message: `All pixels of the view ${name} have nearly one colour.` });
  }
  const [query, key] = views;
  if (query && key && JSON.stringify(query.channels) === JSON.stringify(key.channels))
    found.push({ severity: 'warning', message: 'Both views of the images are the same; augment them.' });
  const labels = new Set(images.map(({ label }) => label));
  if (matching?.kind === 'classes' && images.length > 1 && labels.size === 1)
    found.push({ severity: 'warning', message: `All ${images.length} images have the label ${[...labels][0]}.` });
  return found;
}

function ofMatching(matching: Matching): BatchFinding[] {
  switch (matching.kind) {
    case 'queue':
      return ofQueue(matching);
    case 'boxes':
      return ofBoxes(matching);
    case 'pixels':
      return ofPixels(matching);
    case 'classes':
    case 'landmarks':
      return [];
  }
}

function ofQueue({ of, size, filled, images }: Extract<Matching, { kind: 'queue' }>): BatchFinding[] {
  const found: BatchFinding[] = [];
  const what = of === 'queue' ? 'queue' : 'memory bank';
  if (filled < size * (1 - NOISY)) {
    const message = `${formatShare(1 - filled / size)} % of the ${what} is still noise: ${filled} of ${size} entries are of images.`;
    found.push({ severity: 'info', message });
  }
  const lonely = images.filter(({ negatives }) => negatives === 0);
  if (lonely.length > 0)
    found.push({
      severity: 'warning',
      message: `${lonely.length} of ${images.length} images have no negative at all.`,
    });
  // Of a memory's noise no similarity is to be expected.
  if (of === 'queue' && images.length > 0 && images.every(({ positive }) => positive > 0.9999))
    found.push({ severity: 'warning', message: 'Both views of every image have the same embedding.' });
  return found;
}

function ofBoxes({ images }: Extract<Matching, { kind: 'boxes' }>): BatchFinding[] {
  const found: BatchFinding[] = [];
  for (const name of new Set(images.flatMap(({ stages }) => stages.map((stage) => stage.name)))) {
    const all = images.flatMap(({ stages }) => stages.filter((stage) => stage.name === name));
    const missed = all.reduce((sum, { unmatched }) => sum + unmatched.length, 0);
    const objects = images.reduce((sum, { truth }) => sum + truth.filter(({ isCrowd }) => !isCrowd).length, 0);
    if (missed > 0)
      found.push({
        severity: name === 'proposals' ? 'info' : 'warning',
        message: `${missed} of ${objects} objects have no ${name.slice(0, -1)} that is matched to them.`,
      });
    if (objects > 0 && all.every(({ counts }) => counts.positive === 0))
      found.push({ severity: 'warning', message: `No ${name.slice(0, -1)} of the batch is positive.` });
  }
  const empty = images.filter(({ truth }) => truth.length === 0).length;
  if (empty > 0)
    found.push({ severity: 'warning', message: `${empty} of ${images.length} images show no object to learn from.` });
  return found;
}

function ofPixels({ images }: Extract<Matching, { kind: 'pixels' }>): BatchFinding[] {
  const blank = images.filter(({ ignoredShare }) => ignoredShare === 1).length;
  if (blank === 0) return [];
  const message = `${blank} of ${images.length} images have no pixel with a class to learn.`;
  return [{ severity: 'warning', message }];
}

/** Each layer once, with its worst call; a slow copy of the network has what the network has, and a stage what its last block has. */
function deadLayers(layers: readonly InspectedLayer[]): BatchFinding[] {
  const worst = new Map<string, InspectedLayer>();
  for (const [i, layer] of layers.entries()) {
    const { name, dead } = layer;
    const isSame = String(layers[i - 1]?.dead.units) === String(dead.units) && layers[i - 1]?.dead.of === dead.of;
    const known = worst.get(name);
    const isWorse = known === undefined || dead.units.length > known.dead.units.length;
    if (dead.units.length >= MANY_DEAD * dead.of && isWorse && !isSame && !name.includes(':')) worst.set(name, layer);
  }
  const found = [...worst.values()].map((layer): BatchFinding => {
    const { units, of } = layer.dead;
    if (units.length === of)
      return { severity: 'error', message: `${layerName(layer)} is dead: all outputs are 0.`, ...aboutLayer(layer) };
    const message = `${units.length} of ${of} channels of ${layerName(layer)} are 0 for the whole batch.`;
    return { severity: 'warning', message, ...aboutLayer(layer) };
  });
  const hidden = found.length - MOST_DEAD;
  if (hidden <= 0) return found;
  const rest = `${formatNumberOf(hidden, 'further layer')} have at least half of their channels at 0.`;
  return [...found.slice(0, MOST_DEAD), { severity: 'warning', message: rest }];
}

/** Lengths of gradients, of all calls of a layer together, against their median over layers; and layers that get none. */
function gradientsOfLayers(layers: readonly InspectedLayer[]): BatchFinding[] {
  const squares = new Map<string, number>();
  for (const { name, gradient } of layers)
    if (gradient && gradient.notFinite === 0) squares.set(name, (squares.get(name) ?? 0) + gradient.norm ** 2);
  const all = [...squares].map(([name, sum]) => ({ name, length: Math.sqrt(sum) }));
  const learning = all.filter(({ length }) => length > 0).sort((a, b) => a.length - b.length);
  const still = all.filter(({ length }) => length === 0);
  const found: BatchFinding[] = [];
  if (all.length > 0 && learning.length === 0)
    return [{ severity: 'error', message: 'No layer gets a gradient: all of them are exactly 0.' }];
  if (learning.length >= FEWEST_LAYERS) {
    const median = learning[Math.floor(learning.length / 2)]!.length;
    const tell = ({ name, length }: (typeof learning)[number], word: string): void => {
      const message = `The gradient ${word} at ${name}: it is ${formatFactor(length / median)} times the median of all layers.`;
      found.push({ severity: 'warning', message, about: name });
    };
    if (learning[0]!.length < median / FAR_FROM_MEDIAN) tell(learning[0]!, 'vanishes');
    if (learning.at(-1)!.length > median * FAR_FROM_MEDIAN) tell(learning.at(-1)!, 'explodes');
  }
  if (still.length > 0) {
    const message = `${still.length} of ${formatNumberOf(all.length, 'layer')} get no gradient from this batch, such as ${still[0]!.name}.`;
    found.push({ severity: 'info', message, about: still[0]!.name });
  }
  return found;
}

/** Relative changes of weights; of matrices and filters alone, since shifts that begin at 0 change by any factor. */
function changes({ parameters, learningRate }: Unjudged): BatchFinding[] {
  const changed = parameters.filter(({ shape, relativeUpdate }) => shape.length > 1 && relativeUpdate !== undefined);
  if (changed.length === 0 || learningRate === undefined) return [];
  const sorted = [...changed].sort((a, b) => a.relativeUpdate! - b.relativeUpdate!);
  const median = sorted[Math.floor(sorted.length / 2)]!.relativeUpdate!;
  const most = sorted.at(-1)!;
  const found: BatchFinding[] = [];
  const say = (severity: BatchFinding['severity'], message: string, about?: string): void =>
    void found.push({ severity, message, ...(about !== undefined && { about }) });
  const rate = `at learning rate ${formatFactor(learningRate)}`;
  if (median > USUAL_CHANGE.most)
    say('warning', `Weights change by ${formatShare(median)} % in one update ${rate}; about 0.1 % is usual.`);
  else if (median < USUAL_CHANGE.least)
    say(
      'info',
      `Weights change by ${formatFactor(median)} of their length in one update ${rate}; about 1e-3 is usual.`,
    );
  else if (most.relativeUpdate! > USUAL_CHANGE.most)
    say('warning', `${most.name} changes by ${formatShare(most.relativeUpdate!)} % in one update ${rate}.`, most.name);
  const still = changed.filter(({ relativeUpdate }) => relativeUpdate === 0);
  if (still.length > 0 && learningRate > 0)
    say(
      'info',
      `${still.length} of ${changed.length} weights do not change, such as ${still[0]!.name}.`,
      still[0]!.name,
    );
  return found;
}

function aboutLayer({ name, call }: InspectedLayer): Pick<BatchFinding, 'about' | 'call'> {
  return { about: name, call };
}

/** Two digits that count: 0.00031, 1700, 2.1e-9. */
function formatFactor(value: number): string {
  return String(Number(value.toPrecision(2)));
}
