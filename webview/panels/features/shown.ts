/** What is on screen: the joined files, the view, and the table made of both. */
import type { FeaturesModel, FeaturesShow, FeaturesView } from '../../../src/shared/protocol/panels/featuresPanel';
import type { FeaturesGrid } from '../../../src/shared/views/features/featuresGrid';
import type { FeaturesStudy } from '../../../src/shared/views/features/featuresStudy';
import type { ReadStages } from './reading';

export interface Shown {
  readonly model: FeaturesModel;
  readonly view: FeaturesView;
  readonly study: FeaturesStudy;
  readonly grid: FeaturesGrid;
  readonly show: FeaturesShow;
  readonly read: ReadStages;
}
