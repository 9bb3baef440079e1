/** Lightly and other PyTorch Lightning modules: `backbone.`, often with layers by number, and `backbone_momentum.`. */
import { branchesOf, type Family } from '../family';

export const lightly: Family = {
  id: 'lightly',
  title: 'Lightly or another Lightning module',
  branches: [
    ...branchesOf(['backbone.', 'model.backbone.', 'encoder.', 'student_backbone.'], 'query'),
    ...branchesOf(['backbone_momentum.', 'model.backbone_momentum.', 'teacher_backbone.'], 'key'),
  ],
  signs: [/^pytorch-lightning_version=/, /(?:^|\.)backbone_momentum\./, /(?:^|\.)backbone\.[0-7]\./],
  needsSign: true,
};
