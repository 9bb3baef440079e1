/**
 * The experiment's data by id, each source and split opened once and shared by all stages of the run. Images keep their
 * stored size here; transforms bring them to the size a stage asks for.
 */
import type { DataSettings } from '../../shared/experiment/schema';
import type { DataSource, Dataset } from './dataset';
import { openSource } from './openSource';

export class DataLibrary {
  private readonly sources = new Map<string, Promise<DataSource>>();
  private readonly datasets = new Map<string, Promise<Dataset>>();
  private readonly warned = new Set<string>();

  constructor(
    private readonly settings: Readonly<Record<string, DataSettings>>,
    private readonly baseDir: string,
    /** Called once for every file that is left out. */
    private readonly onProblem: (message: string) => void,
  ) {}

  source(id: string): Promise<DataSource> {
    const settings = this.settings[id];
    if (!settings) throw new Error(`internal: no data called ${id}`);
    return remember(this.sources, id, () => openSource(settings, { baseDir: this.baseDir }));
  }

  /** A split of the data; `labels` overrides what counts as a class where the kind allows it. */
  dataset(request: { id: string; split: string; labels?: string }): Promise<Dataset> {
    const { id, split, labels } = request;
    return remember(this.datasets, `${id}:${split}/${labels ?? ''}`, async () => {
      const settings = this.settings[id]!;
      const relabelled = labels !== undefined && settings.kind === 'emoji' && labels !== settings.labels;
      const source = relabelled
        ? await openSource({ ...settings, labels: labels as typeof settings.labels }, { baseDir: this.baseDir })
        : await this.source(id);
      const dataset = await source.open(split);
      for (const { file, message } of dataset.problems) this.warnOnce(`${id}: left out ${file}: ${message}`);
      return dataset;
    });
  }

  private warnOnce(message: string): void {
    if (this.warned.has(message)) return;
    this.warned.add(message);
    this.onProblem(message);
  }
}

/** A failed attempt is forgotten, so that the next stage meets the error itself and not a stale promise. */
function remember<T>(cache: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = cache.get(key);
  if (known) return known;
  const promise = make();
  cache.set(key, promise);
  promise.catch(() => cache.delete(key));
  return promise;
}
