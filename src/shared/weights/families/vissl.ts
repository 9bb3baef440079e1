/** VISSL (`classy_state_dict` with a trunk and heads). */
import { branchesOf, type Family } from '../family';

export const vissl: Family = {
  id: 'vissl',
  title: 'VISSL',
  branches: branchesOf(
    ['classy_state_dict.base_model.model.', 'base_model.model.', '']
      .flatMap((start) =>
        ['trunk._feature_blocks.', 'trunk.base_model._feature_blocks.', 'trunk.'].map((end) => start + end),
      )
      .concat('_feature_blocks.'),
  ),
  signs: [/_feature_blocks\./, /classy_state_dict/],
  needsSign: true,
};
