/**
 * The experiment's data by id, each source and split opened once and shared by all stages of the run. Images keep their
 * stored size here; transforms bring them to the size a stage asks for.
 */
import { isLabelData, isSegmentationData, type SegmentationData } from '../../shared/experiment/resolveLabelData';
import { isSceneData } from '../../shared/experiment/resolveSceneData';
import type { DataSettings } from '../../shared/experiment/schema';
import type { DataSource, Dataset } from './dataset';
import { labelledAsPictures, type LabelledImages, type LabelledSource } from './labelledImages';
import { openLabelled } from './openLabelled';
import { cutExamples, type LandmarkDataset } from './landmarks';
import { openMarked } from './openMarked';
import { openScenes } from './openScenes';
import { openSource } from './openSource';
import type { SceneDataset, SceneSource } from './scenes';

/** A data set can be broken in a million places; a log that says them all is read by nobody. */
const MAX_NAMED = 20;

export class DataLibrary {
  private readonly sources = new Map<string, Promise<DataSource>>();
  private readonly datasets = new Map<string, Promise<Dataset>>();
  private readonly sceneSources = new Map<string, Promise<SceneSource>>();
  private readonly sceneSets = new Map<string, Promise<SceneDataset>>();
  private readonly labelledSources = new Map<string, Promise<LabelledSource>>();
  private readonly labelledSets = new Map<string, Promise<LabelledImages>>();
  private readonly landmarkSets = new Map<string, Promise<LandmarkDataset>>();
  private readonly warned = new Set<string>();

  constructor(
    readonly settings: Readonly<Record<string, DataSettings>>,
    readonly baseDir: string,
    /** Called once for every file that is left out, up to a number. */
    private readonly onProblem: (message: string) => void,
  ) {}

  source(id: string): Promise<DataSource> {
    const settings = this.settingsOf(id);
    return remember(this.sources, id, async () =>
      isLabelData(settings)
        ? labelledAsPictures(await this.labelledSource(id, settings))
        : openSource(settings, { baseDir: this.baseDir }),
    );
  }

  /** A split of the data; `labels` overrides what counts as a class where the kind allows it. */
  dataset(request: { id: string; split: string; labels?: string }): Promise<Dataset> {
    const { id, split, labels } = request;
    return remember(this.datasets, `${id}:${split}/${labels ?? ''}`, async () => {
      const settings = this.settingsOf(id);
      const relabelled = labels !== undefined && settings.kind === 'emoji' && labels !== settings.labels;
      const source = relabelled
        ? await openSource({ ...settings, labels: labels as typeof settings.labels }, { baseDir: this.baseDir })
        : await this.source(id);
      const dataset = await source.open(split);
      this.warnOf(`${id} ${split}`, dataset.problems);
      return dataset;
    });
  }

  /** A split of data whose images hold objects. */
  scenes({ id, split }: { id: string; split: string }): Promise<SceneDataset> {
    const settings = this.settingsOf(id);
    if (!isSceneData(settings)) throw new Error(`internal: ${id} has no objects`);
    return remember(this.sceneSets, `${id}:${split}`, async () => {
      const source = await remember(this.sceneSources, id, () => openScenes(settings, { baseDir: this.baseDir }));
      const scenes = await source.openScenes(split);
      this.warnOf(`${id} ${split}`, scenes.problems);
      return scenes;
    });
  }

  /** A split of data whose pixels have classes. */
  labelled({ id, split }: { id: string; split: string }): Promise<LabelledImages> {
    const settings = this.settingsOf(id);
    if (!isSegmentationData(settings)) throw new Error(`internal: ${id} has no label maps`);
    return remember(this.labelledSets, `${id}:${split}`, async () => {
      const source = await this.labelledSource(id, settings);
      const images = await source.openLabelled(split);
      this.warnOf(`${id} ${split}`, images.problems);
      return images;
    });
  }

  /** Opened once for both uses: the fingerprint reads every label map. */
  private labelledSource(id: string, settings: SegmentationData): Promise<LabelledSource> {
    return remember(this.labelledSources, id, () => openLabelled(settings, { baseDir: this.baseDir }));
  }

  /** Faces or objects of a split, cut out with their landmarks; `margin` as for `cutExamples`. */
  landmarks({ id, split, margin }: { id: string; split: string; margin: number }): Promise<LandmarkDataset> {
    const settings = this.settingsOf(id);
    return remember(this.landmarkSets, `${id}:${split}/${margin}`, async () => {
      const marked = await openMarked(settings, { split, baseDir: this.baseDir });
      this.warnOf(`${id} ${split}`, marked.problems);
      return cutExamples(marked, margin);
    });
  }

  private settingsOf(id: string): DataSettings {
    const settings = Object.hasOwn(this.settings, id) ? this.settings[id] : undefined;
    if (!settings) throw new Error(`internal: no data called ${id}`);
    return settings;
  }

  private warnOf(place: string, problems: Dataset['problems']): void {
    for (const { file, message } of problems.slice(0, MAX_NAMED))
      this.warnOnce(`${place}: left out ${file}: ${message}`);
    const more = problems.length - MAX_NAMED;
    if (more > 0) this.warnOnce(`${place}: left out ${more} more; the records of the stages that use it name them all`);
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
