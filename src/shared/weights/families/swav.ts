/** SwAV and DeepCluster v2 (Caron 2020): torchvision's names behind `module.`, with prototypes beside them. */
import { branchesOf, type Family } from '../family';

export const swav: Family = {
  id: 'swav',
  title: 'SwAV',
  branches: branchesOf(['module.', '']),
  signs: [/(?:^|\.)prototypes\d*\./],
  needsSign: true,
};
