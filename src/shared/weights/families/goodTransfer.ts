/**
 * The checkpoints released with "What Makes Instance Discrimination Good for Transfer Learning?" (Zhao 2021): MoCo's names
 * for the unsupervised and exemplar models, torchvision's behind `module.` for the supervised ones. Only a queue of labels
 * beside the encoders tells them from MoCo's own; without it they are called what they look like, and load the same way.
 */
import { branchesOf, type Family } from '../family';

export const goodTransfer: Family = {
  id: 'good-transfer',
  title: 'Good_transfer (exemplar)',
  branches: [
    ...branchesOf(['module.encoder_q.', 'encoder_q.'], 'query'),
    ...branchesOf(['module.encoder_k.', 'encoder_k.'], 'key'),
  ],
  signs: [/(?:^|\.)(?:queue_labels?|label_queue|labels_queue|queue_targets?)(?:$|\.)/],
  needsSign: true,
};
