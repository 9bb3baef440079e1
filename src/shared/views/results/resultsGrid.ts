/** Pretrainings × transfers as a grid: state, figure, best of its column, what is stale, and all of it in words. Pure. */
import type { CellState, ResultsCell, ResultsColumn, ResultsRow } from '../../protocol/panels/resultsPanel';
import type { RunReference } from '../../protocol/panels/panelMessages';
import {
  combineStates,
  pairKey,
  type EntryResult,
  type ExperimentOutline,
  type ExperimentResults,
  type Measurement,
} from './experimentTree';
import { formatNumberOf, formatPercent, metricName, metricPlace } from '../formatNumbers';
import { pretrainingLooks } from '../pretrainingLooks';
import { metricKind } from '../report/metrics';
import type { RunView } from './runTree';
import { isGoingOn, selectStagesNow, shareDone, type StageNow } from '../run/stageNow';

export interface GridInput {
  readonly outline: ExperimentOutline;
  readonly results: ExperimentResults;
  /** The newest run of the file. */
  readonly last: RunView | undefined;
}

export interface ResultsGrid {
  readonly columns: readonly ResultsColumn[];
  readonly rows: readonly ResultsRow[];
  readonly staleCells: number;
}

/** What is known of one pair. */
interface Pair {
  readonly state: CellState;
  readonly fraction?: number;
  readonly message?: string;
  readonly measurement?: Measurement;
  readonly isStale: boolean;
  /** Where it was run last. */
  readonly run?: RunReference;
}

type PairOf = (pretraining: string, transfer?: string) => Pair;

export function createResultsGrid(input: GridInput): ResultsGrid {
  const { outline } = input;
  const pairOf = createPairs(input);
  const best = new Map(outline.transfers.map(({ id, of }) => [id, bestMean(of.map((row) => pairOf(row, id)))]));
  const lookOf = pretrainingLooks(outline, []);
  const rows = outline.pretrainings.map(({ id, written }): ResultsRow => {
    const { state, fraction, isStale, message } = pairOf(id);
    const cells = outline.transfers.map(({ id: transfer, of }) =>
      of.includes(id)
        ? createCell(pairOf(id, transfer), {
            pretraining: id,
            transfer,
            seeds: outline.seeds,
            best: best.get(transfer),
          })
        : apart(id, transfer),
    );
    const words = [
      `${id}: ${stateWords(state, fraction)}`,
      ...(isStale ? [staleSentence] : []),
      ...(message ? [message] : []),
    ];
    return {
      id,
      written,
      look: lookOf(id),
      state,
      ...(fraction !== undefined && { fraction }),
      isStale,
      title: words.join('\n'),
      cells,
    };
  });
  const staleCells = rows.flatMap(({ cells }) => cells).filter(({ isStale }) => isStale).length;
  return { columns: outline.transfers.map((transfer) => createColumn(transfer, pairOf)), rows, staleCells };
}

const staleSentence = 'stale: the file has changed since; run again to renew';

/** The last run, where it has the pair, is newer than what the other results were read from. */
function createPairs({ results, last }: GridInput): PairOf {
  const stages = new Map<string, StageNow[]>();
  for (const now of last ? selectStagesNow(last) : []) {
    if (now.stage.kind === 'features' || now.stage.kind === 'analysis') continue;
    const key = pairKey(now.stage.pretraining, now.stage.transfer);
    stages.set(key, [...(stages.get(key) ?? []), now]);
  }
  return (pretraining, transfer) => {
    const key = pairKey(pretraining, transfer);
    const result = results.get(key);
    const own = last && stages.get(key);
    return own ? joinPair(own, result, last) : fromResult(result);
  };
}

function fromResult(result: EntryResult | undefined): Pair {
  if (!result) return { state: 'none', isStale: false };
  const { state, measurement, isStale, message } = result;
  return { state, isStale, ...(measurement && { measurement }), ...(message !== undefined && { message }) };
}

function joinPair(stages: readonly StageNow[], result: EntryResult | undefined, last: RunView): Pair {
  const joined = combineStates(
    stages.map(({ state }) => state),
    last.state,
  );
  // Between two of its seeds a pair still goes on.
  const isBegun = joined === 'waiting' && stages.some(({ state }) => state === 'done' || state === 'reused');
  const state = isBegun && isGoingOn(last) ? 'running' : joined;
  const troubled = stages.find((stage) => stage.state === state && stage.message !== '');
  const fraction = state === 'running' ? shareDone(stages) : undefined;
  return {
    state,
    isStale: result?.isStale ?? false,
    run: { out: last.out, run: last.run },
    ...(fraction !== undefined && { fraction }),
    ...(result?.measurement && { measurement: result.measurement }),
    ...((state === 'failed' || state === 'skipped') && troubled && { message: troubled.message }),
  };
}

/** Best mean where two or more are compared. Stale ones count only when all are: they belong to another experiment. */
function bestMean(pairs: readonly Pair[]): number | undefined {
  const measured = pairs.filter(({ measurement }) => measurement);
  const fresh = measured.filter(({ isStale }) => !isStale);
  const compared = fresh.length > 0 ? fresh : measured;
  if (compared.length < 2) return undefined;
  const means = compared.map(({ measurement }) => measurement!.mean);
  return isLowerBetter(compared[0]!.measurement!.metric) ? Math.min(...means) : Math.max(...means);
}

function isLowerBetter(metric: string): boolean {
  return metricKind(metric).isLowerBetter;
}

interface CellPlace {
  readonly pretraining: string;
  readonly transfer: string;
  readonly seeds: number;
  readonly best: number | undefined;
}

function createCell(pair: Pair, { pretraining, transfer, seeds, best }: CellPlace): ResultsCell {
  const { state, fraction, measurement, isStale } = pair;
  const isBest = measurement !== undefined && measurement.mean === best;
  const target = measurement ? { out: measurement.out, run: measurement.run } : pair.run;
  const [value, interval] = measurement ? formatPercent(measurement).split(/ (?=±)/) : [];
  const isPart = measurement !== undefined && measurement.n !== seeds;
  return {
    transfer,
    state,
    isBest,
    isStale,
    ...(fraction !== undefined && { fraction }),
    ...(value !== undefined && { value }),
    ...(interval !== undefined && { interval }),
    ...(isPart && { count: `n = ${measurement.n}` }),
    title: [`${pretraining}, ${transfer}: ${describePair(pair, isBest)}`, ...(pair.message ? [pair.message] : [])].join(
      '\n',
    ),
    opens: opens(pair),
    ...(target && { target }),
  };
}

function apart(pretraining: string, transfer: string): ResultsCell {
  const title = `${pretraining}, ${transfer}: not planned, because "of" leaves this pretraining out`;
  return { transfer, state: 'apart', isBest: false, isStale: false, title, opens: 'nothing' };
}

function describePair({ state, fraction, measurement, isStale }: Pair, isBest: boolean): string {
  const words = stateWords(state, fraction);
  if (!measurement) return isStale ? `${words}; ${staleSentence}` : words;
  const { metric, layer, n, run } = measurement;
  const figure = `${formatPercent(measurement)} % ${metricPlace({ metric, layer })}, ${formatNumberOf(n, 'seed')}, from ${run}`;
  const going = state === 'done' ? [] : [words];
  return [
    figure,
    ...(isBest ? [`${isLowerBetter(metric) ? 'lowest' : 'highest'} of its column`] : []),
    ...going,
    ...(isStale ? [staleSentence] : []),
  ].join('; ');
}

function stateWords(state: CellState, fraction: number | undefined): string {
  if (state === 'none') return 'not run';
  if (state === 'running' && fraction !== undefined) return `running, ${Math.floor(100 * fraction)} % done`;
  return state;
}

function opens({ state, measurement, run }: Pair): ResultsCell['opens'] {
  if (measurement) return 'transfer';
  if (!run) return 'nothing';
  if (state === 'running') return 'run';
  return state === 'failed' || state === 'skipped' ? 'log' : 'nothing';
}

function createColumn({ id, written, of }: ExperimentOutline['transfers'][number], pairOf: PairOf): ResultsColumn {
  const measurement = of.map((pretraining) => pairOf(pretraining, id).measurement).find((found) => found);
  const what = measurement ? `: ${metricName(measurement.metric)} at ${measurement.layer}, percent` : '';
  return { id, written, short: shortenMiddle(id, 28), title: `${id}${what}` };
}

/** Names of one family differ at their ends. */
export function shortenMiddle(name: string, most: number): string {
  if (name.length <= most) return name;
  const tail = Math.floor((most - 1) / 2);
  return `${name.slice(0, most - 1 - tail)}…${name.slice(name.length - tail)}`;
}
