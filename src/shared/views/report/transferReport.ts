/**
 * What a report says about one run: the findings in words, the table (pretrainings × transfers, mean ± interval over
 * seeds), the same by layer, how the weights were made, and what a reader should know. Pure: records in, view model out;
 * every format draws this, so no two can disagree.
 */
import type { TableSettings } from '../../experiment/tableFields';
import { meanInterval, type MeanInterval, type PairedDifference } from '../../math/statistics';
import type { ImportedFrom, LoadRow, RunManifest } from '../../results/runManifest';
import type { StageRecord, TransferResult } from '../../results/records';
import type { OrderOfPretrainings } from '../pretrainingLooks';
import { createAnalysisViews, type AnalysisView } from './analysisViews';
import { compareSeeds, correctTogether, type SeedValue } from './compareSeeds';
import { describeControls } from './controlFindings';
import { createCosts, type PretrainingCost } from './costs';
import { createErrorBudgets, type ErrorBudgetView } from './errorBudgets';
import { describeFindings, type Finding } from './findings';
import { createFurtherFigures, type FurtherFigures } from './furtherFigures';
import { JoinedRun, layerValue } from './joinedRun';
import { createMaking, createProvenance, type Making, type Provenance } from './provenance';
import { compareEpisodes, episodeShapeOf, type EpisodeComparison, type EpisodeShape } from './episodeComparison';
import { createLabelCurves, type LabelCurvesView } from './labelCurves';
import { describeSavings } from './labelSavings';
import { chanceOf, metricKind } from './metrics';
import { createReadoffViews, type ReadoffView } from './readoffView';
import { createScoreViews, type ScoreView } from './scoreCorrelations';
import { createPaperTables, type PaperTable } from './paperTables';
import { createNotes } from './reportNotes';
import { createTrainingCurves, type TrainingCurvesView } from './trainingCurves';
import { createSweepViews, type SweepView } from './sweepViews';

export interface ReportInput {
  readonly run: string;
  readonly state: string;
  readonly manifest: RunManifest;
  readonly records: readonly StageRecord[];
  /** Rows of the run's load.jsonl. */
  readonly load?: readonly LoadRow[];
  /** The experiment's `about`. */
  readonly about?: string;
  /** The experiment as it was launched: its order decides looks; that of the run's plan where it is absent. */
  readonly launched?: OrderOfPretrainings;
  /** Tables that the experiment asks for. */
  readonly tables?: readonly TableSettings[];
  /** Run folder and experiment file as they shall be shown; from the manifest when absent. */
  readonly folder?: string;
  readonly file?: string;
  /** Sentences about what failed or could not be read. */
  readonly problems?: readonly string[];
}

export interface TransferReport {
  readonly run: string;
  readonly state: string;
  readonly name: string;
  readonly about: string | undefined;
  readonly seeds: readonly number[];
  readonly columns: readonly ReportColumn[];
  readonly rows: readonly ReportRow[];
  /** One sentence per transfer, in the order of `columns`; then one for each label curve. */
  readonly findings: readonly Finding[];
  /** One per transfer that was measured layer by layer, in the order of `columns`; then matrices over stages. */
  readonly depths: readonly DepthView[];
  /** Beside the headlines in `columns`. */
  readonly further: readonly FurtherFigures[];
  readonly analyses: readonly AnalysisView[];
  /** In a paper's form, with published numbers. */
  readonly tables: readonly PaperTable[];
  /** Probes against other transfers; none with fewer than three pretrainings. */
  readonly readoffs: readonly ReadoffView[];
  /** Measures of analyses against transfers; none with fewer than three pretrainings. */
  readonly scores: readonly ScoreView[];
  /** Accuracy against labels. */
  readonly labelCurves: readonly LabelCurvesView[];
  readonly trainingCurves: readonly TrainingCurvesView[];
  /** What sweeps of probes tried. */
  readonly sweeps: readonly SweepView[];
  /** Few-shot transfers, episode by episode. */
  readonly episodes: readonly EpisodeComparison[];
  /** What errors detectors make, two tables a transfer. */
  readonly errorBudgets: readonly ErrorBudgetView[];
  /** Id of the pretraining with random weights that others are compared with, if there is one. */
  readonly reference: string | undefined;
  readonly makings: readonly Making[];
  /** In the order of `makings`. */
  readonly costs: readonly PretrainingCost[];
  readonly provenance: Provenance;
  readonly notes: readonly string[];
  /** Of a run whose results were made elsewhere; none of its differences are tested. */
  readonly imported?: ImportedFrom;
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
  /** Metric expected from guessing, where that is known: 1/classes for accuracies, 1/gallery for retrieval. */
  readonly chance: number | undefined;
  readonly episodeShape?: EpisodeShape | undefined;
}

export interface ReportRow {
  readonly pretraining: string;
  readonly look: number;
  readonly method: string;
  /** How the weights were made, in a few words. */
  readonly origin: string;
  /** In the order of `columns`; undefined where nothing was measured. */
  readonly cells: readonly (ReportCell | undefined)[];
  /** Made elsewhere: in no test, and in no rank. */
  readonly isImported?: boolean;
}

export interface ReportCell extends MeanInterval {
  readonly values: readonly SeedValue[];
  /** Best mean of its column: the highest, or the lowest of errors. */
  readonly best: boolean;
  /** Difference to the reference over shared seeds; its p-value is corrected for the comparisons of its column. */
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
  /** Values are differences to this pretraining. */
  readonly baseline?: string;
}

export interface DepthSeries {
  readonly pretraining: string;
  readonly look: number;
  /** In the order of `layers`; undefined where a layer was not measured. */
  readonly points: readonly (MeanInterval | undefined)[];
  /** The values behind the points, one line per seed. */
  readonly seeds?: readonly SeedLine[];
}

export interface SeedLine {
  readonly seed: number;
  /** In the order of `layers`. */
  readonly values: readonly (number | undefined)[];
}

/** What findings speak of: columns, rows, and labels saved. */
function createTable({ manifest, records, launched }: Pick<ReportInput, 'manifest' | 'records' | 'launched'>) {
  const run = new JoinedRun(manifest.stages, records, { launched });
  const measured = run.transfers.map((transfer) => ({ transfer, result: run.anyResult(transfer)! }));
  const columns = measured.map(({ transfer, result }) => createColumn(transfer, result));
  // Seeds of others are not known to be paired.
  const reference = manifest.imported ? undefined : run.reference();
  const makings = run.pretrainings.map((pretraining) => createMaking(run, pretraining));
  const rows = markBest(correctColumns(makings.map((making) => createRow(run, making, reference))), columns);
  const labelCurves = createLabelCurves(run);
  const findings = manifest.imported
    ? []
    : [
        ...describeFindings({ columns, rows, reference }),
        ...describeControls(run, columns, rows),
        ...describeSavings(labelCurves),
      ];
  return { run, measured, columns, rows, reference, makings, labelCurves, findings };
}

/** The sentences of a report without its pictures and correlations, which take far longer. */
export function createFindings(input: Pick<ReportInput, 'manifest' | 'records'>): readonly Finding[] {
  return createTable(input).findings;
}

export function createTransferReport(input: ReportInput): TransferReport {
  const { manifest } = input;
  const { run, measured, columns, rows, reference, makings, labelCurves, findings } = createTable(input);
  const studies = run.studies.map(({ id }) => ({ transfer: id, result: run.anyResult(id)! }));
  const { folder = `.transferscope/runs/${input.run}`, file = manifest.file, problems = [] } = input;
  return {
    run: input.run,
    state: input.state,
    name: manifest.name,
    about: input.about,
    seeds: manifest.seeds,
    columns,
    rows,
    findings,
    ...(manifest.imported && { imported: manifest.imported }),
    depths: [...measured, ...studies].flatMap(({ transfer, result }) =>
      result.layers.length === 0 ? [] : [createDepthView(run, transfer, result)],
    ),
    further: createFurtherFigures(run),
    analyses: createAnalysisViews(run),
    tables: createPaperTables(run, input.tables ?? []),
    readoffs: createReadoffViews(columns, rows),
    scores: createScoreViews(run),
    labelCurves,
    trainingCurves: createTrainingCurves(run),
    sweeps: createSweepViews(run),
    episodes: compareEpisodes(run, reference),
    errorBudgets: createErrorBudgets(run, reference),
    reference,
    // Nothing was made here.
    makings: manifest.imported ? [] : makings,
    costs: createCosts(run, input.load && [input.load]),
    provenance: createProvenance({ run, manifest, folder, file }),
    notes: createNotes({ run, state: input.state, seeds: manifest.seeds, problems, imported: manifest.imported }),
  };
}

function createColumn(transfer: string, result: TransferResult): ReportColumn {
  const { task, data, trainImages, testImages, classes, headline } = result;
  const { metric, layer } = headline;
  const place = { transfer, task, data, metric, layer, trainImages, testImages, classes };
  const episodeShape = episodeShapeOf(result);
  return { ...place, chance: chanceOf(result, metric), ...(episodeShape && { episodeShape }) };
}

function createRow(run: JoinedRun, { pretraining, method, origin }: Making, reference: string | undefined): ReportRow {
  const cells = run.transfers.map((transfer): ReportCell | undefined => {
    const values = headlines(run, pretraining, transfer);
    if (values.length === 0) return undefined;
    const cell = { ...meanInterval(values.map(({ value }) => value)), values, best: false };
    if (reference === undefined || reference === pretraining) return cell;
    const versusReference = compareSeeds(values, headlines(run, reference, transfer));
    return versusReference ? { ...cell, versusReference } : cell;
  });
  const isImported = run.made(pretraining)[0]?.result.importedFrom !== undefined;
  return { pretraining, look: run.lookOf(pretraining), method, origin, cells, ...(isImported && { isImported }) };
}

function headlines(run: JoinedRun, pretraining: string, transfer: string): SeedValue[] {
  return run.measured(pretraining, transfer).map(({ seed, result }) => ({ seed, value: result.headline.value }));
}

function createDepthView(run: JoinedRun, transfer: string, result: TransferResult): DepthView {
  const { task, data, headline } = result;
  const { metric } = headline;
  const layers = result.layers.map(({ layer, depth, dimension }) => ({ layer, depth, dimension }));
  const series = run.pretrainings.map((pretraining) => {
    const measured = run.measured(pretraining, transfer);
    const points = layers.map(({ layer }) => {
      const values = measured.flatMap(({ result: one }) => layerValue(one.layers, layer, metric));
      return values.length > 0 ? meanInterval(values) : undefined;
    });
    return { pretraining, look: run.lookOf(pretraining), points };
  });
  return { transfer, task, data, metric, chance: chanceOf(result, metric), layers, series };
}

/** The comparisons with the reference in one column are made together. */
function correctColumns(rows: readonly ReportRow[]): ReportRow[] {
  const columns = rows[0]?.cells.map((_, c) => correctTogether(rows.map(({ cells }) => cells[c]?.versusReference)));
  return rows.map((row, r) => ({
    ...row,
    cells: row.cells.map((cell, c) => {
      const versusReference = columns?.[c]?.[r];
      return cell && versusReference ? { ...cell, versusReference } : cell;
    }),
  }));
}

function markBest(rows: readonly ReportRow[], columns: readonly ReportColumn[]): ReportRow[] {
  const best = columns.map(({ metric }, c) => {
    const sign = metricKind(metric).isLowerBetter ? -1 : 1;
    return sign * Math.max(...rows.map((row) => sign * (row.cells[c]?.mean ?? -sign * Infinity)));
  });
  return rows.map((row) => ({
    ...row,
    cells: row.cells.map((cell, c) => cell && { ...cell, best: cell.mean === best[c] }),
  }));
}
