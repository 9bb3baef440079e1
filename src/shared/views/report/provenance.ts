/** How a report's numbers came about: the making of each pretraining, and what is needed to run it all again. */
import { quoteForShell } from '../../formats/shellText';
import type { RunManifest } from '../../results/runManifest';
import { formatCount } from '../formatNumbers';
import type { JoinedRun, MadePretraining } from './joinedRun';

/** How the weights of one pretraining were made, over its seeds. */
export interface Making {
  readonly pretraining: string;
  readonly method: string;
  /** In a few words, e.g. `moco, 2,500 steps on 1,911 images`. */
  readonly origin: string;
  readonly parameters: number;
  readonly steps: number;
  readonly images: number;
  /** Mean working time of one seed in seconds. */
  readonly seconds: number;
  /** SHA-256 of the weights by seed. */
  readonly digests: readonly { readonly seed: number; readonly digest: string }[];
}

export interface Provenance {
  /** Run folder and experiment file, as the caller wants them shown. */
  readonly folder: string;
  readonly file: string;
  /** Runs the same again, from the folder that `file` is relative to. */
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly git: { readonly commit: string; readonly dirty: boolean } | undefined;
  readonly runtime: RunManifest['runtime'];
  readonly hosts: readonly string[];
  readonly createdAt: string;
  readonly finishedAt: string | undefined;
  /** Working time of all stages in seconds, also of those taken over from earlier runs. */
  readonly seconds: number;
}

export function createMaking(run: JoinedRun, pretraining: string): Making {
  const seeds = run.made(pretraining);
  const first = seeds[0];
  const { method = 'unknown', parameters = 0, steps = 0, images = 0 } = first?.result ?? {};
  const seconds = seeds.reduce((sum, { made }) => sum + made.seconds, 0) / (seeds.length || 1);
  const digests = seeds.flatMap(({ seed, result }) =>
    result.importedFrom === undefined ? [{ seed, digest: result.weightsDigest }] : [],
  );
  const origin = first ? describeOrigin(first, seeds) : 'not finished';
  return { pretraining, method, origin, parameters, steps, images, seconds, digests };
}

function describeOrigin(
  { result: { method, steps, images, origin, importedFrom, takenOf } }: MadePretraining,
  seeds: readonly MadePretraining[],
): string {
  if (importedFrom !== undefined) return `result imported from ${importedFrom}`;
  if (method === 'random' && images > 0) return `random weights, batch norm measured on ${formatCount(images)} images`;
  if (method === 'random') return 'random weights';
  const taken = takenOf ? `${formatCount(steps)} of ${formatCount(takenOf.total)}` : formatCount(steps);
  if (method !== 'imported') return `${method}, ${taken} steps on ${formatCount(images)} images`;
  // The checkpoint's own word for it, hence the colon: nobody has checked it.
  // Its seed is left out: the row stands for all of them.
  if (origin !== undefined && origin !== '') return `imported: ${origin.replace(/, seed \d+$/, '')}`;
  const [file = 'a checkpoint', ...others] = new Set(seeds.flatMap(({ settings }) => importedFile(settings) ?? []));
  return `imported from ${file}${others.length > 0 ? ` and ${others.length} more` : ''}`;
}

/** `settings` is whatever an earlier version wrote: only a string in the right place counts. */
function importedFile(settings: unknown): string | undefined {
  const { pretraining } = (settings ?? {}) as { pretraining?: { weights?: unknown } };
  const weights = pretraining?.weights;
  return typeof weights === 'string' ? weights.split('/').at(-1) : undefined;
}

export interface ProvenanceInput {
  readonly run: JoinedRun;
  readonly manifest: RunManifest;
  readonly folder: string;
  readonly file: string;
}

export function createProvenance({ run, manifest, folder, file }: ProvenanceInput): Provenance {
  const makings = new Map(run.stages.map((stage) => [stage.key, run.record(stage)?.made]));
  const made = [...makings.values()].filter((making) => making !== undefined);
  const { versions, git, runtime, createdAt, finishedAt } = manifest;
  return {
    folder,
    file,
    command: createCommand(manifest, file),
    versions,
    git,
    runtime,
    hosts: [...new Set(made.map(({ host }) => host))],
    createdAt,
    finishedAt,
    seconds: made.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** The runtime is named even when it was chosen by itself: on another one numbers agree only within a tolerance. */
function createCommand({ launch, runtime, imported, name }: RunManifest, file: string): string {
  if (imported) return ['transferscope', 'import', file, '--as', name].map(quoteForShell).join(' ');
  const seeds = launch.seeds && launch.seeds.length > 0 ? ['--seed', launch.seeds.join(',')] : [];
  const only = launch.only && launch.only.length > 0 ? ['--only', ...launch.only] : [];
  const added = (launch.analyses ?? []).flatMap((analysis) => ['--analysis', JSON.stringify(analysis)]);
  const words = ['transferscope', 'run', file, '--runtime', runtime.name, ...seeds, ...only, ...added];
  return words.map(quoteForShell).join(' ');
}
