/** timm: torchvision's names for ResNets; deep stems (`conv1.0`) and squeeze-and-excitation tell them apart. */
import { branchesOf, type Family } from '../family';

export const timm: Family = {
  id: 'timm',
  title: 'timm',
  branches: branchesOf(['', 'module.']),
  signs: [/(?:^|\.)conv1\.[036]\.weight$/, /(?:^|\.)layer1\.0\.se\./, /(?:^|\.)layer1\.0\.conv1\.conv\./],
  needsSign: true,
};
