/** MoCo v1 and v2 (`module.encoder_q.`, He 2020, Chen 2020) and v3 (`module.base_encoder.`, Chen 2021), and Lightning Bolts' copy. */
import { branchesOf, type Family } from '../family';

export const moco: Family = {
  id: 'moco',
  title: 'MoCo',
  branches: [
    ...branchesOf(
      ['module.encoder_q.', 'encoder_q.', 'module.base_encoder.', 'base_encoder.', 'model.encoder_q.'],
      'query',
    ),
    ...branchesOf(
      ['module.encoder_k.', 'encoder_k.', 'module.momentum_encoder.', 'momentum_encoder.', 'model.encoder_k.'],
      'key',
    ),
  ],
  signs: [/encoder_[qk]\./, /base_encoder\./],
  needsSign: false,
};
