/**
 * Imported results as what a run leaves: a manifest that says where they are from, and a record for each pretraining and
 * transfer, so that everything that reads runs reads them, too. Equal results have equal keys. Pure; the clock is given.
 */
import { contentKey, type Json } from '../hash';
import { RECORD_VERSION, type LayerScore, type StageRecord, type StageResult } from '../results/records';
import type { PlannedStage, RunManifest } from '../results/runManifest';
import { recordChecksum } from '../results/recordChecksum';
import type { ResultRow, ResultsFile } from './importedResults';

export interface ImportedRun {
  readonly manifest: RunManifest;
  readonly records: readonly StageRecord[];
}

export interface ImportPlace {
  /** Name of the run folder to be, e.g. `published-1`. */
  readonly run: string;
  readonly name: string;
  /** Absolute path of the file, and the folder it lies in. */
  readonly file: string;
  readonly baseDir: string;
  readonly version: string;
  /** ISO 8601. */
  readonly now: string;
}

export function createImportedRun(results: ResultsFile, place: ImportPlace): ImportedRun {
  const { run, name, file, baseDir, version, now } = place;
  const groups = groupBy(results.results, ({ pretraining }) => pretraining);
  const made = [...groups].flatMap(([pretraining, rows]) => {
    const seeds = [...new Set(rows.flatMap((row) => row.seeds ?? []))].sort((a, b) => a - b);
    return seeds.flatMap((seed) => pretrainingStages({ results, rows, pretraining, seed, now }));
  });
  const { source, citation, url } = results;
  const manifest: RunManifest = {
    ...{ version: RECORD_VERSION, run, name, file, baseDir },
    launch: {},
    versions: { transferscope: version },
    runtime: { name: 'imported', device: '', threads: 0, reason: 'these results were made elsewhere' },
    seeds: [...new Set(made.map(({ stage }) => stage.seed))].sort((a, b) => a - b),
    stages: made.map(({ stage }) => stage),
    imported: { source, ...(citation !== undefined && { citation }), ...(url !== undefined && { url }) },
    ...{ createdAt: now, finishedAt: now },
  };
  return { manifest, records: made.map(({ record }) => record) };
}

/** Groups in the order of their first rows. */
function groupBy(
  rows: readonly ResultRow[],
  nameOf: (row: ResultRow) => string,
): ReadonlyMap<string, readonly ResultRow[]> {
  const groups = new Map<string, ResultRow[]>();
  for (const row of rows) {
    const name = nameOf(row);
    const group = groups.get(name);
    if (group) group.push(row);
    else groups.set(name, [row]);
  }
  return groups;
}

interface MadeStage {
  readonly stage: PlannedStage;
  readonly record: StageRecord;
}

interface Group {
  readonly results: ResultsFile;
  readonly rows: readonly ResultRow[];
  readonly pretraining: string;
  readonly seed: number;
  readonly now: string;
}

/** The pretraining itself, then each transfer that has a value for the seed. */
function pretrainingStages({ results, rows, pretraining, seed, now }: Group): MadeStage[] {
  const source = rows[0]?.source ?? results.source;
  const pretrainingResult: StageResult = {
    kind: 'pretraining',
    method: rows.find(({ method }) => method !== undefined)?.method ?? 'unknown',
    parameters: rows.find(({ parameters }) => parameters !== undefined)?.parameters ?? 0,
    ...{ steps: 0, images: 0, weightsDigest: '', metrics: {}, notes: [] },
    importedFrom: source,
  };
  const base = `${pretraining}/seed-${seed}`;
  const place = { pretraining, seed };
  const first = makeStage(
    { ...place, kind: 'pretraining', id: base, label: `${pretraining}, seed ${seed}` },
    {
      result: pretrainingResult,
      settings: {},
      now,
    },
  );
  const ofSeed = rows.filter(({ seeds }) => seeds?.includes(seed));
  const others = [...groupBy(ofSeed, ({ transfer }) => transfer)].flatMap(([transfer, own]) => {
    const names = { id: `${base}/${transfer}`, label: `${transfer} of ${pretraining}, seed ${seed}` };
    const stage = { ...place, ...names, kind: 'transfer' as const, transfer, needs: [first.stage.key] };
    const settings = Object.fromEntries(own.flatMap((row) => Object.entries(row.settings ?? {})));
    return [makeStage(stage, { result: transferResult(own, seed, results.source), settings, now })];
  });
  return [first, ...others];
}

function transferResult(rows: readonly ResultRow[], seed: number, source: string): StageResult {
  const first = rows[0]!;
  const valueOf = (row: ResultRow): number => row.values[row.seeds!.indexOf(seed)]!;
  const whole = rows.filter(({ layer }) => layer === undefined);
  const layers = [...new Set(rows.flatMap(({ layer }) => layer ?? []))];
  // As in runs of ours: of the metric that comes first, the last layer stands in tables.
  const headline = rows.filter(({ metric, layer }) => metric === first.metric && (whole.length === 0 || !layer)).at(-1);
  const shown = headline ?? whole[0] ?? first;
  return {
    kind: 'transfer',
    task: first.task ?? 'transfer',
    data: first.data ?? first.transfer,
    trainImages: first.trainImages ?? 0,
    testImages: first.testImages ?? 0,
    classes: first.classes ?? 0,
    layers: layers.map((layer, i): LayerScore => {
      const own = rows.filter((row) => row.layer === layer);
      const depth = layers.length === 1 ? 1 : i / (layers.length - 1);
      return { layer, depth, dimension: 0, metrics: Object.fromEntries(own.map((row) => [row.metric, valueOf(row)])) };
    }),
    ...(whole.length > 0 && { metrics: Object.fromEntries(whole.map((row) => [row.metric, valueOf(row)])) }),
    headline: { metric: shown.metric, layer: shown.layer ?? '', value: valueOf(shown) },
    notes: [],
    importedFrom: first.source ?? source,
  };
}

interface MadeResult {
  readonly result: StageResult;
  readonly settings: unknown;
  readonly now: string;
}

function makeStage(part: Omit<PlannedStage, 'key'>, { result, settings, now }: MadeResult): MadeStage {
  const key = contentKey({ imported: true, id: part.id, result, settings } as unknown as Json);
  const stage: PlannedStage = { ...part, key };
  const made = { startedAt: now, finishedAt: now, seconds: 0, runtime: 'imported', host: '', attempts: 1 };
  const { kind, id, seed } = part;
  const unsigned = { version: RECORD_VERSION, key, kind, id, seed, settings, result, files: {}, made };
  return { stage, record: { ...unsigned, checksum: recordChecksum(unsigned) } };
}
