/** What the panel knows: the stages that were read, joined, and what is on screen, made of them and of the view. */
import type { FeaturesModel, FeaturesView } from '../../../src/shared/protocol/panels/featuresPanel';
import { createFeaturesGrid } from '../../../src/shared/views/features/featuresGrid';
import { FeaturesStudy, selectFeaturesStages } from '../../../src/shared/views/features/featuresStudy';
import { imageSource } from '../../../src/shared/views/selection/imageSource';
import { createReading, type ReadStages } from './reading';
import type { Shown } from './shown';

export class KnownStudy {
  /** Undefined until something was read. */
  files: { readonly read: ReadStages; readonly study: FeaturesStudy } | undefined;
  shown: Shown | undefined;
  private readonly reading = createReading();

  constructor(private readonly view: () => FeaturesView) {}

  async read(model: FeaturesModel): Promise<void> {
    const read = await this.reading.read(model, chooseStages(model, this.view()));
    this.files = { read, study: new FeaturesStudy(model, read.read) };
  }

  /** Makes what is on screen anew. */
  compose(model: FeaturesModel): void {
    this.shown = undefined;
    if (!this.files) return;
    const { read, study } = this.files;
    const view = this.view();
    const show = study.shows.find((one) => one === view.show) ?? study.shows.find((one) => one !== 'image') ?? 'image';
    const grid = createFeaturesGrid(study, view, show);
    this.shown = grid && { model, view, study, grid, show, read };
  }
}

/** Stages of the chosen seed and source; of the first that there are. */
function chooseStages({ stages }: FeaturesModel, view: FeaturesView): FeaturesModel['stages'] {
  const sources = stages.filter(({ kind }) => kind !== 'maximisation').map(imageSource);
  const source = sources.find((one) => one === view.source) ?? sources[0] ?? '';
  const seeds = [...new Set(stages.map((stage) => stage.seed))].sort((a, b) => a - b);
  const seed = seeds.find((one) => one === view.seed) ?? seeds[0] ?? 0;
  return selectFeaturesStages(stages, { seed, source });
}
