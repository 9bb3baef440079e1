/** `eval fewshot`: episodes on anybody's features. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../../shared/errors';
import { drawEpisodes, isLargeEnough, type ClassRows } from '../../shared/math/fewShot/drawEpisodes';
import type { EpisodeClassifier, episodeClassifierNames } from '../../shared/math/fewShot/episodeClassifiers';
import {
  finishEpisodes,
  scoreEpisodes,
  transformRows,
  type EpisodeRows,
} from '../../shared/math/fewShot/scoreEpisodes';
import { pairedDifference } from '../../shared/math/statistics';
import { formatCount, formatDifference, formatPercent } from '../../shared/views/formatNumbers';
import { useWeights } from '../../shared/weights/useWeights';
import { weightPlatform } from '../../runs/weightPlatform';
import { EXIT, type ExitCode } from '../exitCodes';
import type { Surroundings } from '../terminal';
import { statOf } from './detectionFiles';
import { printJson } from './printing';

export interface FewShotCommandOptions {
  readonly features: string;
  /** Features of another network for the same images; differences are taken episode by episode. */
  readonly against: string | undefined;
  readonly labels: string;
  /** Name of the tensor; the only matrix of the file when absent. */
  readonly layer: string | undefined;
  readonly ways: number;
  readonly shots: number;
  readonly queries: number;
  readonly episodes: number;
  readonly classifier: (typeof episodeClassifierNames)[number];
  readonly transform: 'none' | 'l2';
  readonly seed: number;
  readonly isJson: boolean;
}

export async function evaluateFewShotCommand(options: FewShotCommandOptions, around: Surroundings): Promise<ExitCode> {
  const { classes, labels } = readLabels(options.labels, around.cwd);
  const read = async (file: string): Promise<EpisodeRows> => {
    const rows = await readFeatures(file, options.layer, around.cwd);
    const count = rows.values.length / rows.dimension;
    if (count === labels) return rows;
    throw new UserError(
      'data',
      `${file} has ${count} rows, but ${options.labels} has ${labels} labels; give one label for each row`,
    );
  };
  const rows = await read(options.features);
  const otherRows = options.against === undefined ? undefined : await read(options.against);
  const episodes = drawEpisodes(classes, options, options.seed);
  const score = (features: EpisodeRows) =>
    finishEpisodes(
      scoreEpisodes(episodes, transformRows(features, options.transform, undefined), classifierOf(options)),
    );
  const own = score(rows);
  const other = otherRows && score(otherRows);
  const difference = other && pairedDifference(own.accuracy, other.accuracy);
  const usable = classes.filter((rows) => isLargeEnough(rows, options)).length;
  const { ways, shots, queries, classifier, seed } = options;
  if (options.isJson) {
    const { mean, halfWidth } = own.interval;
    const digest = createHash('sha256').update(episodes.support).update(episodes.query).digest('hex');
    printJson(
      {
        ...{ ways, shots, queries, episodes: options.episodes, classifier, seed, classes: usable, digest },
        ...{ accuracy: mean, halfWidth95: halfWidth, perEpisode: [...own.accuracy] },
        ...(other && { against: { accuracy: other.interval.mean, halfWidth95: other.interval.halfWidth } }),
        ...(difference && {
          difference: { mean: difference.mean, halfWidth95: difference.halfWidth, pValue: difference.pValue },
        }),
      },
      around,
    );
    return EXIT.done;
  }
  const shape = `${ways}-way ${shots}-shot, ${classifier}, ${formatCount(options.episodes)} episodes of ${usable} classes`;
  around.stdout.write(`${formatPercent(own.interval)} %  ${shape}, guessing gives ${(100 / ways).toFixed(1)} %\n`);
  if (other && difference) {
    around.stdout.write(`${formatPercent(other.interval)} %  ${options.against}\n`);
    around.stdout.write(
      `${formatDifference(difference)} points, episode by episode (p = ${difference.pValue!.toPrecision(2)})\n`,
    );
  }
  return EXIT.done;
}

function classifierOf({ classifier, ways, shots, seed }: FewShotCommandOptions): EpisodeClassifier {
  if (classifier === 'logistic') return { kind: classifier, l2: 1 / (ways * shots) };
  if (classifier !== 'fine-tuned-head') return { kind: classifier };
  return {
    ...{ kind: classifier, learningRate: 0.01, momentum: 0.9, dampening: 0.9 },
    ...{ weightDecay: 0.001, batch: 4, epochs: 100, seed },
  };
}

/** One label a line: numbers or names. */
function readLabels(file: string, cwd: string): { readonly classes: readonly ClassRows[]; readonly labels: number } {
  if (!statOf(file, cwd).isFile())
    throw new UserError('config', `${file} is a folder; give a text file, one label a line`);
  const lines = readFileSync(resolve(cwd, file), 'utf8').split(/\r?\n/);
  while (lines.at(-1) === '') lines.pop();
  const empty = lines.findIndex((line) => line.trim() === '');
  if (empty >= 0)
    throw new UserError('data', `line ${empty + 1} of ${file} is empty; each line is the label of one row`);
  const rows = new Map<string, number[]>();
  lines.forEach((line, row) => {
    const label = line.trim();
    const known = rows.get(label);
    if (known) known.push(row);
    else rows.set(label, [row]);
  });
  const names = [...rows.keys()].sort();
  const classes = names.map((name, place) => {
    const own = Int32Array.from(rows.get(name)!);
    return { class: place, support: own, query: own };
  });
  return { classes, labels: lines.length };
}

/** A matrix of a safetensors, npz or npy file; features of more axes are laid out flat. */
function readFeatures(file: string, layer: string | undefined, cwd: string): Promise<EpisodeRows> {
  const path = resolve(cwd, file);
  return useWeights({ path, name: file }, weightPlatform, async ({ tensors }) => {
    const matrices = [...tensors].filter(([, { shape }]) => shape.length >= 2);
    const found =
      layer === undefined
        ? matrices.length === 1
          ? matrices[0]
          : undefined
        : matrices.find(([name]) => name === layer);
    if (!found) {
      const known = matrices.map(([name]) => name).join(', ') || 'none';
      throw new UserError(
        'config',
        layer === undefined
          ? `${file} has ${matrices.length} matrices (${known}); name one with --layer`
          : `${file} has no matrix called "${layer}"; it has ${known}`,
      );
    }
    const [name, place] = found;
    const values = Float32Array.from(await place.read());
    const bad = values.findIndex((value) => !Number.isFinite(value));
    const dimension = place.shape.slice(1).reduce((product, side) => product * side, 1);
    if (bad >= 0)
      throw new UserError(
        'data',
        `${name} of ${file} has ${values[bad]} in row ${Math.floor(bad / dimension) + 1}; features must be finite`,
      );
    return { values, dimension };
  });
}
