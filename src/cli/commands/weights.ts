/** `weights inspect`: what a checkpoint is, from its header: format, origin, network, what fits a backbone, what else is there. */
import { resolve } from 'node:path';
import type { BackboneConfig } from '../../shared/experiment/layers';
import { describeWeights, type FoundBackbone, type WeightsSummary } from '../../shared/weights/describeWeights';
import { formatShape } from '../../shared/weights/fitBackbone';
import { shorten } from '../../shared/weights/malformed';
import type { WeightsMapping } from '../../shared/weights/recognise';
import { useWeights } from '../../shared/weights/useWeights';
import type { WeightsFile } from '../../shared/weights/weightsFile';
import { weightPlatform } from '../../runs/weightPlatform';
import { EXIT, type ExitCode } from '../exitCodes';
import { formatBytes, formatMillions, formatNumberOf } from '../../shared/views/formatNumbers';
import { formatTable } from '../table';
import { selectPalette, type Palette, type Surroundings } from '../terminal';

export interface InspectOptions {
  readonly isJson: boolean;
  /** Print every tensor. */
  readonly isList: boolean;
  readonly mapping: WeightsMapping;
  /** What the weights should fit; found out from the file when absent. */
  readonly backbone?: BackboneConfig;
}

/** Answers 1 when a backbone was asked about and the file does not fit it. */
export async function inspectWeights(file: string, options: InspectOptions, around: Surroundings): Promise<ExitCode> {
  const { mapping, backbone, isJson, isList } = options;
  const place = { path: resolve(around.cwd, file), name: file };
  return useWeights(place, weightPlatform, (weights) => {
    const summary = describeWeights(weights, { mapping, ...(backbone && { backbone }) });
    if (isJson) {
      const tensors = isList ? { list: listTensors(weights) } : {};
      around.stdout.write(`${JSON.stringify({ ...summary, ...tensors }, null, 2)}\n`);
    } else {
      around.stdout.write(`${formatSummary(summary, selectPalette(around.stdout, around.env)).join('\n')}\n`);
      if (isList)
        around.stdout.write(
          `${formatTable(listTensors(weights).map(({ name, dtype, shape }) => [name, dtype, formatShape(shape)]))}\n`,
        );
    }
    const fits = summary.found?.fit ? summary.found.fit.problems.length === 0 : backbone === undefined;
    return Promise.resolve(fits ? EXIT.done : EXIT.invalid);
  });
}

function listTensors({ tensors }: WeightsFile): { name: string; dtype: string; shape: readonly number[] }[] {
  return [...tensors].map(([name, { dtype, shape }]) => ({ name: shorten(name, 200), dtype, shape }));
}

function formatSummary(summary: WeightsSummary, palette: Palette): string[] {
  const { found } = summary;
  const dtypes = Object.entries(summary.dtypes).map(([dtype, count]) => `${count} ${dtype}`);
  const size = `${formatNumberOf(summary.tensors, 'tensor')}, ${formatMillions(summary.numbers)} numbers, ${formatBytes(summary.bytes)}`;
  const lines = [palette.strong(summary.file), row('format', `${summary.format}: ${size} (${dtypes.join(', ')})`)];
  const facts = Object.entries(summary.metadata)
    .slice(0, 12)
    .map(([key, value]) => `${shorten(key, 40)} ${shorten(value, 60)}`);
  if (facts.length > 0) lines.push(row('says', facts.join(', ')));
  if (found) lines.push(...formatFound(found, palette));
  else lines.push(row('backbone', palette.caution(formatUnknown(summary))));
  const others = summary.others.map(({ prefix, tensors }) => `${prefix} (${tensors})`);
  if (others.length > 0) lines.push(row(found ? 'beside it' : 'holds', others.join(', ')));
  return lines;
}

function formatFound(found: FoundBackbone, palette: Palette): string[] {
  const encoder = found.encoder ? ` (${found.encoder} encoder)` : '';
  const where = found.prefix === '' ? 'with bare names' : `behind "${found.prefix}"${encoder}`;
  const network = found.architecture ?? 'not of one network';
  const lines = [
    row('backbone', `${network}: ${found.weights} weights, ${formatMillions(found.numbers)} numbers, ${where}`),
    row('names', found.title),
  ];
  if (found.fit) {
    const { matched, needed, problems, backbone } = found.fit;
    const verdict = problems.length === 0 ? palette.good('fits') : palette.bad('does not fit');
    lines.push(row('against', `${backbone}: ${matched} of ${needed} weights matched, ${verdict}`));
    lines.push(...problems.slice(0, 20).map((problem) => row('', problem)));
    if (problems.length > 20) lines.push(row('', `and ${problems.length - 20} more`));
  }
  return [...lines, ...found.notes.map((note) => row('note', palette.caution(note)))];
}

function formatUnknown({ proposals }: WeightsSummary): string {
  if (proposals.length === 0) return 'none: nothing in it looks like one';
  const listed = proposals.map(({ prefix, weights }) => `--prefix "${prefix}" (${weights} weights)`);
  return `not found under a known name; the likeliest: ${listed.join(', ')}`;
}

function row(label: string, text: string): string {
  return `  ${label.padEnd(10)}${text}`;
}
