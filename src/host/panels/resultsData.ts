/** Reads from disk what the Results view shows, and not again what cannot have changed. */
import { createMetricsReader } from '../../runs/metricsReader';
import type { MetricCurves } from '../../shared/results/metricCurves';
import type { ExperimentOutline, ExperimentResults } from '../../shared/views/results/experimentTree';
import { selectRunning } from '../../shared/views/run/liveStages';
import type { RunView } from '../../shared/views/results/runTree';
import type { CatalogEntry } from '../runs/experimentCatalog';
import { runsOf, type MeasuredFigures } from '../runs/resultsReader';
import type { RunServices } from '../runs/runServices';

export interface ResultsOnDisk extends MeasuredFigures {
  readonly results: ExperimentResults;
}

export interface ResultsData {
  /** Of the file; read again only after `invalidate`. */
  read(entry: CatalogEntry): Promise<ResultsOnDisk>;
  /** Runs or files have changed. */
  invalidate(): void;
  /** Curves of the pretrainings under way, by stage key. */
  curves(run: RunView | undefined): Promise<ReadonlyMap<string, MetricCurves>>;
}

export function createResultsData(services: RunServices): ResultsData {
  const { results } = services;
  const reader = createMetricsReader();
  let known: { readonly entry: CatalogEntry; readonly found: Promise<ResultsOnDisk> } | undefined;
  let said: { readonly signature: string; readonly figures: Promise<MeasuredFigures> } | undefined;
  const readFigures = (outline: ExperimentOutline): Promise<MeasuredFigures> => {
    const signature = signatureOf(services, outline);
    if (said?.signature !== signature) said = { signature, figures: results.figures(outline) };
    return said.figures;
  };
  const readAll = async ({ outline, parsed }: CatalogEntry): Promise<ResultsOnDisk> => ({
    results: await results.read(outline.file, parsed.experiment),
    ...(await readFigures(outline)),
  });
  return {
    read: (entry) => {
      if (known?.entry === entry) return known.found;
      const found = readAll(entry);
      known = { entry, found };
      // What could not be read once may be there the next time.
      found.catch(() => (known = undefined));
      return found;
    },
    invalidate: () => (known = undefined),
    curves: async (run) => {
      const running = run ? selectRunning(run).filter(({ stage }) => stage.kind === 'pretraining') : [];
      const stages = running.map(({ stage }) => ({ out: run!.out, key: stage.key }));
      reader.keepOnly(stages);
      const read = await Promise.all(stages.map(({ out, key }) => reader.read(out, key)));
      return new Map(stages.map(({ key }, index) => [key, read[index]!.metrics]));
    },
  };
}

/** Equal as long as no more is measured and the file has the same entries. */
function signatureOf({ library }: RunServices, { file, pretrainings, transfers }: ExperimentOutline): string {
  const runs = runsOf(library, file).map(({ out, run, counts }) => [out, run, counts.done, counts.reused]);
  return JSON.stringify([file, pretrainings.map(({ id }) => id), transfers.map(({ id, of }) => [id, of]), runs]);
}
