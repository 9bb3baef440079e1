/** torchvision's names, bare or behind the wrappers of data-parallel training; also timm's plain ResNets and our own files. */
import { branchesOf, type Family } from '../family';

export const torchvision: Family = {
  id: 'torchvision',
  title: 'torchvision (timm, Transferscope)',
  branches: branchesOf([
    '',
    'module.',
    'model.',
    'net.',
    'backbone.',
    'encoder.',
    'module.backbone.',
    'module.encoder.',
    '_orig_mod.',
    'module._orig_mod.',
    '_orig_mod.module.',
    '_orig_mod.backbone.',
    'backbone._orig_mod.',
    'module.model.',
  ]),
  signs: [],
  needsSign: false,
};
