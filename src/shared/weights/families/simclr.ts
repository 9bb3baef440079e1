/** SimCLR (Chen 2020) in the names of its PyTorch versions: a backbone or encoder with a projection beside it. */
import { branchesOf, type Family } from '../family';

export const simclr: Family = {
  id: 'simclr',
  title: 'SimCLR',
  branches: branchesOf(['backbone.', 'encoder.', 'f.', 'convnet.', 'module.backbone.', 'module.encoder.', 'module.f.']),
  signs: [
    /(?:^|\.)(?:projection_head|projector|projection|contrastive_head|g)\.(?:layers\.)?\d/,
    /(?:^|\.)(?:backbone|encoder)\.fc\.2\./,
  ],
  needsSign: true,
};
