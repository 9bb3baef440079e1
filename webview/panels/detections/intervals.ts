/** What two runs differ in, with intervals, worked out in a worker of its own: it takes seconds, and sliders must not wait for it. */
import type { BudgetDifference } from '../../../src/shared/math/detection/budgetDifference';
import type {
  DetectionsModel,
  DetectionsRun,
  DetectionsView,
} from '../../../src/shared/protocol/panels/detectionsPanel';
import { startEngine, type Engine } from '../../ui/engine';
import type { EngineCalls, SharesDifference } from './engineMessages';
import { readBytes } from './readBytes';

export interface ComparedPair {
  readonly model: DetectionsModel;
  /** Two. */
  readonly runs: readonly DetectionsRun[];
  readonly view: DetectionsView;
}

/** One of the two, by the method that is shown. */
export interface FoundDifference {
  readonly difference?: BudgetDifference;
  readonly sharesDifference?: SharesDifference;
}

/** The worker keeps the pair whose files it has. */
export function createIntervals(): (pair: ComparedPair) => Promise<FoundDifference> {
  let opened: { readonly engine: Engine<EngineCalls>; readonly key: string } | undefined;
  const open = async ({ model, runs }: ComparedPair): Promise<Engine<EngineCalls>> => {
    const key = JSON.stringify([model.truth, runs.map(({ url }) => url)]);
    if (opened?.key === key) return opened.engine;
    opened?.engine.dispose();
    const engine = await startEngine<EngineCalls>(model.workerScript);
    opened = { engine, key };
    await engine.call('loadTruth', { bytes: await readBytes(model.truth) });
    for (const { id, url } of runs) await engine.call('loadRun', { run: id, bytes: await readBytes(url) });
    return engine;
  };
  return async (pair) => {
    const engine = await open(pair);
    const { minScore, iou, method } = pair.view;
    const [first, second] = pair.runs;
    const ask = { first: first!.id, second: second!.id, minScore, iou };
    return method === 'hoiem'
      ? { sharesDifference: await engine.call('compareHoiem', ask) }
      : { difference: await engine.call('compare', ask) };
  };
}
