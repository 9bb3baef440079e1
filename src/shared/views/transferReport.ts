/**
 * What a report says about one run: the table (pretrainings × transfers, mean ± interval over seeds), the same by layer,
 * how the weights were made, and what a reader should know. Pure: records in, view model out; every format draws this.
 */
import { meanInterval, pairedDifference, type MeanInterval, type PairedDifference } from '../math/statistics';
import type { LayerScore, PretrainingResult, RunManifest, StageRecord, TransferResult } from '../results/records';

export interface ReportInput {
  readonly run: string;
  readonly state: string;
  readonly manifest: RunManifest;
  readonly records: readonly StageRecord[];
  /** The experiment's `about`. */
  readonly about?: string;
}

export interface TransferReport {
  readonly run: string;
  readonly state: string;
  readonly name: string;
  readonly about: string | undefined;
  readonly runtime: string;
  readonly seeds: readonly number[];
  readonly createdAt: string;
  readonly columns: readonly ReportColumn[];
  readonly rows: readonly ReportRow[];
  /** One per transfer, in the order of `columns`. */
  readonly depths: readonly DepthView[];
  /** Id of the pretraining with random weights that others are compared with, if there is one. */
  readonly reference: string | undefined;
  readonly notes: readonly string[];
}

export interface ReportColumn {
  readonly transfer: string;
  readonly task: string;
  readonly data: string;
  readonly metric: string;
  readonly layer: string;
  readonly trainImages: number;
  readonly testImages: number;
  readonly classes: number;
  /** Metric expected from guessing, where that is known: 1/classes for accuracies. */
  readonly chance: number | undefined;
}

export interface ReportRow {
  readonly pretraining: string;
  readonly method: string;
  /** How the weights were made, in a few words. */
  readonly origin: string;
  readonly parameters: number;
  /** In the order of `columns`; undefined where nothing was measured. */
  readonly cells: readonly (ReportCell | undefined)[];
}

export interface SeedValue {
  readonly seed: number;
  readonly value: number;
}

export interface ReportCell extends MeanInterval {
  readonly values: readonly SeedValue[];
  /** Highest mean of its column. */
  readonly best: boolean;
  /** Difference to the reference over shared seeds. */
  readonly versusReference?: PairedDifference;
}

/** Score by depth of one transfer: one line per pretraining. */
export interface DepthView {
  readonly transfer: string;
  readonly task: string;
  readonly data: string;
  readonly metric: string;
  readonly chance: number | undefined;
  readonly layers: readonly { readonly layer: string; readonly depth: number; readonly dimension: number }[];
  readonly series: readonly DepthSeries[];
}

export interface DepthSeries {
  readonly pretraining: string;
  /** In the order of `layers`; undefined where a layer was not measured. */
  readonly points: readonly (MeanInterval | undefined)[];
}

export function createTransferReport(input: ReportInput): TransferReport {
  const joined = new JoinedRun(input);
  const columns = joined.transfers.map((transfer) => joined.column(transfer));
  const reference = joined.reference();
  return {
    run: input.run,
    state: input.state,
    name: input.manifest.name,
    about: input.about,
    runtime: input.manifest.runtime.name,
    seeds: input.manifest.seeds,
    createdAt: input.manifest.createdAt,
    columns: columns.filter((column) => column !== undefined),
    rows: markBest(joined.pretrainings.map((pretraining) => joined.row(pretraining, reference))),
    depths: joined.transfers.map((transfer) => joined.depth(transfer)).filter((view) => view !== undefined),
    reference,
    notes: joined.notes(),
  };
}

interface Measured {
  readonly seed: number;
  readonly result: TransferResult;
}

/** The run's stages joined with their records, by pretraining and transfer. */
class JoinedRun {
  readonly pretrainings: readonly string[];
  readonly transfers: readonly string[];
  private readonly byKey: ReadonlyMap<string, StageRecord>;

  constructor(private readonly input: ReportInput) {
    const { stages } = input.manifest;
    this.byKey = new Map(input.records.map((record) => [record.key, record]));
    this.pretrainings = [...new Set(stages.map((stage) => stage.pretraining))];
    const transfers = [...new Set(stages.flatMap((stage) => (stage.transfer === undefined ? [] : [stage.transfer])))];
    this.transfers = transfers.filter((transfer) => this.anyResult(transfer) !== undefined);
  }

  column(transfer: string): ReportColumn | undefined {
    const result = this.anyResult(transfer);
    if (!result) return undefined;
    const { task, data, trainImages, testImages, classes, headline } = result;
    const { metric, layer } = headline;
    return { transfer, task, data, metric, layer, trainImages, testImages, classes, chance: chanceOf(result) };
  }

  row(pretraining: string, reference: string | undefined): ReportRow {
    const made = this.pretrainingResult(pretraining);
    return {
      pretraining,
      method: made?.method ?? 'unknown',
      origin: made ? describeOrigin(made) : 'not finished',
      parameters: made?.parameters ?? 0,
      cells: this.transfers.map((transfer) => this.cell(pretraining, transfer, reference)),
    };
  }

  depth(transfer: string): DepthView | undefined {
    const result = this.anyResult(transfer);
    if (!result) return undefined;
    const layers = result.layers.map(({ layer, depth, dimension }) => ({ layer, depth, dimension }));
    const { metric } = result.headline;
    const series = this.pretrainings.map((pretraining) => {
      const measured = this.measured(pretraining, transfer);
      const points = layers.map(({ layer }) => {
        const values = measured.flatMap(({ result: one }) => layerValue(one.layers, layer, metric));
        return values.length > 0 ? meanInterval(values) : undefined;
      });
      return { pretraining, points };
    });
    return { transfer, task: result.task, data: result.data, metric, chance: chanceOf(result), layers, series };
  }

  /** The first pretraining with random weights. */
  reference(): string | undefined {
    return this.pretrainings.find((pretraining) => this.pretrainingResult(pretraining)?.method === 'random');
  }

  notes(): string[] {
    const notes = new Set<string>();
    for (const record of this.input.records) {
      if (record.result.kind === 'features') {
        for (const { file, message } of record.result.problems) notes.add(`left out ${file}: ${message}`);
      } else {
        for (const note of record.result.notes) notes.add(`${record.id}: ${note}`);
      }
    }
    const missing = this.input.manifest.stages.filter((stage) => !this.byKey.has(stage.key)).length;
    if (missing > 0) notes.add(`${missing} of ${this.input.manifest.stages.length} stages have no result yet; what is here is not complete`);
    if (this.input.manifest.seeds.length < 2) notes.add('one seed only: there is no interval, so small differences mean nothing');
    return [...notes];
  }

  private cell(pretraining: string, transfer: string, reference: string | undefined): ReportCell | undefined {
    const values = this.headlines(pretraining, transfer);
    if (values.length === 0) return undefined;
    const cell = { ...meanInterval(values.map(({ value }) => value)), values, best: false };
    if (reference === undefined || reference === pretraining) return cell;
    const versusReference = compareSeeds(values, this.headlines(reference, transfer));
    return versusReference ? { ...cell, versusReference } : cell;
  }

  private headlines(pretraining: string, transfer: string): SeedValue[] {
    return this.measured(pretraining, transfer).map(({ seed, result }) => ({ seed, value: result.headline.value }));
  }

  private measured(pretraining: string, transfer: string): Measured[] {
    return this.input.manifest.stages
      .filter((stage) => stage.pretraining === pretraining && stage.transfer === transfer)
      .flatMap((stage) => {
        const result = this.byKey.get(stage.key)?.result;
        return result?.kind === 'transfer' ? [{ seed: stage.seed, result }] : [];
      });
  }

  private anyResult(transfer: string): TransferResult | undefined {
    for (const pretraining of this.pretrainings) {
      const [first] = this.measured(pretraining, transfer);
      if (first) return first.result;
    }
    return undefined;
  }

  private pretrainingResult(pretraining: string): PretrainingResult | undefined {
    for (const stage of this.input.manifest.stages) {
      if (stage.pretraining !== pretraining || stage.kind !== 'pretraining') continue;
      const result = this.byKey.get(stage.key)?.result;
      if (result?.kind === 'pretraining') return result;
    }
    return undefined;
  }
}

/** The difference over the seeds that both have; pairing removes what a seed does to both. */
function compareSeeds(own: readonly SeedValue[], other: readonly SeedValue[]): PairedDifference | undefined {
  const theirs = new Map(other.map(({ seed, value }) => [seed, value]));
  const pairs = own.filter(({ seed }) => theirs.has(seed));
  if (pairs.length === 0) return undefined;
  return pairedDifference(
    pairs.map(({ value }) => value),
    pairs.map(({ seed }) => theirs.get(seed)!),
  );
}

function markBest(rows: readonly ReportRow[]): ReportRow[] {
  const columns = rows[0]?.cells.length ?? 0;
  const best = Array.from({ length: columns }, (_, c) => Math.max(...rows.map((row) => row.cells[c]?.mean ?? -Infinity)));
  return rows.map((row) => ({
    ...row,
    cells: row.cells.map((cell, c) => cell && { ...cell, best: cell.mean === best[c] }),
  }));
}

function layerValue(layers: readonly LayerScore[], layer: string, metric: string): number[] {
  const value = layers.find((score) => score.layer === layer)?.metrics[metric];
  return value === undefined ? [] : [value];
}

function chanceOf(result: TransferResult): number | undefined {
  if (result.headline.metric === 'accuracy') return 1 / result.classes;
  return result.task === 'retrieval' ? 1 / result.trainImages : undefined;
}

function describeOrigin(result: PretrainingResult): string {
  if (result.method === 'random') return 'random weights';
  if (result.method === 'imported') return 'imported checkpoint';
  return `${result.method}, ${result.steps.toLocaleString('en')} steps on ${result.images.toLocaleString('en')} images`;
}
