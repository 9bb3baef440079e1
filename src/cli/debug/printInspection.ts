/** One looked-at update as text for a terminal: findings first, then losses, matches, layers and weights in tables. */
import type {
  BatchInspection,
  BatchSession,
  InspectedLayer,
  Matching,
  TensorSummary,
} from '../../shared/results/batchInspection';
import { layerName } from '../../shared/views/batch/tensorRows';
import { formatNumberOf, formatSeconds, formatShare } from '../../shared/views/formatNumbers';
import { formatTable } from '../table';
import type { Palette } from '../terminal';

/** Weights that change most are shown; `--json` has all. */
const MOST_WEIGHTS = 10;

export function printSession(session: BatchSession, palette: Palette): string {
  const { label, method, runtime, batch, accumulate, steps, startedAt, weights, isTrained } = session;
  const images = `${formatNumberOf(accumulate * batch, 'image')} a batch${accumulate > 1 ? ` in ${accumulate} parts` : ''}`;
  const of = isTrained
    ? `${formatNumberOf(steps, 'update')}${startedAt > 0 ? `, ${startedAt} made` : ''}`
    : 'no training';
  return `${palette.strong(label)}: ${method}, ${of}, ${images}, ${runtime}\n${weights}`;
}

export function printInspection(inspection: BatchInspection, session: BatchSession, palette: Palette): string {
  const { step, learningRate, seconds, findings, gradientNorm } = inspection;
  const title = session.isTrained ? `Update ${step + 1} of ${session.steps}` : `Batch ${step + 1} of ${session.steps}`;
  const facts = [
    ...(learningRate === undefined ? [] : [`learning rate ${short(learningRate)}`]),
    ...(gradientNorm === undefined ? [] : [`gradients ${short(gradientNorm)} long`]),
    `${formatSeconds(seconds.batch)} for images, ${formatSeconds(seconds.gradients + seconds.update)} to compute`,
  ];
  const colours = { error: palette.bad, warning: palette.caution, info: palette.quiet };
  const found = findings.map(({ severity, message }) => `${colours[severity](severity)}: ${message}`);
  const parts = [
    `${palette.strong(title)}: ${facts.join(', ')}`,
    found.join('\n'),
    inspection.losses.map(({ name, value }) => `${name} ${short(value)}`).join(', '),
    inspection.matching ? describeMatching(inspection.matching) : '',
    layerTable(inspection.layers, palette),
    weightTable(inspection, palette),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** In one line or two. */
function describeMatching(matching: Matching): string {
  switch (matching.kind) {
    case 'classes': {
      const right = matching.images.filter(({ expected, predicted }) => predicted[0]?.name === expected).length;
      return `${right} of ${formatNumberOf(matching.images.length, 'image')} are classified rightly.`;
    }
    case 'queue': {
      const { of, size, filled, images } = matching;
      const mean = (values: readonly number[]) => short(values.reduce((sum, value) => sum + value, 0) / values.length);
      const hardest = images.flatMap(({ hardest: [first] }) => (first ? [first.similarity] : []));
      const memory = `${of === 'queue' ? 'Queue' : 'Memory bank'}: ${filled} of ${size} entries are of images.`;
      const positive = `Similarity with the own ${of === 'queue' ? 'key' : 'entry'} ${mean(images.map((one) => one.positive))}`;
      return `${memory} ${positive}${hardest.length > 0 ? `, with the hardest negative ${mean(hardest)}` : ''} on average.`;
    }
    case 'boxes':
      return formatTable([
        ['matches', 'positive', 'negative', 'neither', 'drawn', 'objects without'],
        ...boxRows(matching),
      ]);
    case 'pixels': {
      const { images } = matching;
      const accuracy = images.reduce((sum, one) => sum + one.accuracy, 0) / images.length;
      return `${formatShare(accuracy)} % of judged pixels are classified rightly.`;
    }
    case 'landmarks':
      return `${matching.names.length} landmarks on ${formatNumberOf(matching.images.length, 'image')}.`;
  }
}

function boxRows({ images }: Extract<Matching, { kind: 'boxes' }>): string[][] {
  const names = [...new Set(images.flatMap(({ stages }) => stages.map(({ name }) => name)))];
  return names.map((name) => {
    const stages = images.flatMap((image) => image.stages.filter((stage) => stage.name === name));
    const sum = (of: (stage: (typeof stages)[number]) => number) =>
      String(stages.reduce((all, one) => all + of(one), 0));
    const objects = images.reduce((all, { truth }) => all + truth.length, 0);
    return [
      ...[name, sum(({ counts }) => counts.positive), sum(({ counts }) => counts.negative)],
      ...[sum(({ counts }) => counts.neither), sum(({ drawn }) => drawn.positive + drawn.negative)],
      `${sum(({ unmatched }) => unmatched.length)} of ${objects}`,
    ];
  });
}

function layerTable(layers: readonly InspectedLayer[], { quiet }: Palette): string {
  if (layers.length === 0) return '';
  const head = ['layer', 'shape', 'mean ± std', 'zeros', 'dead', 'gradient'].map(quiet);
  const rows = layers.map(({ name, call, shape, activation, gradient, dead }) => [
    layerName({ name, call }),
    shape.join('×'),
    spread(activation),
    `${formatShare(activation.zeros)} %`,
    dead.units.length === 0 ? '' : `${dead.units.length} of ${dead.of}`,
    gradient ? short(gradient.norm) : '',
  ]);
  return formatTable([head, ...rows]);
}

function weightTable({ parameters }: BatchInspection, { quiet }: Palette): string {
  // Shifts that begin at 0 change by any factor.
  const matrices = parameters.filter(({ shape }) => shape.length > 1);
  if (matrices.length === 0) return '';
  const changed = [...matrices].sort((a, b) => (b.relativeUpdate ?? 0) - (a.relativeUpdate ?? 0));
  const head = [`weights that change most, of ${matrices.length}`, 'length', 'gradient', 'change'].map(quiet);
  const rows = changed
    .slice(0, MOST_WEIGHTS)
    .map(({ name, weight, gradient, relativeUpdate }) => [
      name,
      short(weight.norm),
      gradient ? short(gradient.norm) : '',
      relativeUpdate === undefined ? '' : short(relativeUpdate),
    ]);
  return formatTable([head, ...rows]);
}

function spread({ mean, std, notFinite }: TensorSummary): string {
  return notFinite > 0 ? `${notFinite} not finite` : `${short(mean)} ± ${short(std)}`;
}

/** Three digits that count. */
function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))).replace('-', '−') : String(value);
}
