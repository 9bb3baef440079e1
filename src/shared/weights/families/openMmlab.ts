/** OpenSelfSup, MMSelfSup and MMPretrain: `backbone.` in `state_dict` beside `meta`, or an encoder whose part 0 is the backbone. */
import { branchesOf, type Family } from '../family';

export const openMmlab: Family = {
  id: 'openmmlab',
  title: 'OpenSelfSup or MMPretrain',
  branches: [
    ...branchesOf(['backbone.', 'encoder_q.0.', 'online_net.0.'], 'query'),
    ...branchesOf(['encoder_k.0.', 'target_net.0.'], 'key'),
  ],
  signs: [
    /^meta\.(?:mmcv|mmengine|mmselfsup|mmpretrain|openselfsup)_version=/,
    /(?:^|\.)encoder_[qk]\.0\.conv1\./,
    /(?:^|\.)neck\./,
  ],
  needsSign: true,
};
