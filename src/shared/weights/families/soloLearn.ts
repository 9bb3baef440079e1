/** solo-learn: PyTorch Lightning modules with `backbone.` (`encoder.` before version 1.0.3) and, for some methods, its moving average. */
import { branchesOf, type Family } from '../family';

export const soloLearn: Family = {
  id: 'solo-learn',
  title: 'solo-learn',
  branches: [
    ...branchesOf(['backbone.', 'encoder.'], 'query'),
    ...branchesOf(['momentum_backbone.', 'momentum_encoder.'], 'key'),
  ],
  signs: [/(?:^|\.)momentum_(?:backbone|projector)\./, /(?:^|\.)online_eval_classifier\./],
  needsSign: true,
};
