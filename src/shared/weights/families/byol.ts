/** BYOL (Grill 2020) in the names of its PyTorch versions: an online and a target network. */
import { branchesOf, type Family } from '../family';

export const byol: Family = {
  id: 'byol',
  title: 'BYOL',
  branches: [
    ...branchesOf(
      [
        'online_network.encoder.',
        'online_encoder.net.',
        'online_encoder.',
        'online_network.',
        'online_net.0.',
        'online_backbone.',
      ],
      'query',
    ),
    ...branchesOf(
      [
        'target_network.encoder.',
        'target_encoder.net.',
        'target_encoder.',
        'target_network.',
        'target_net.0.',
        'target_backbone.',
      ],
      'key',
    ),
    ...branchesOf(['module.online_network.encoder.', 'module.online_encoder.'], 'query'),
    ...branchesOf(['module.target_network.encoder.', 'module.target_encoder.'], 'key'),
  ],
  signs: [/(?:^|\.)(?:online|target)_(?:network|encoder|net|backbone)\./],
  needsSign: true,
};
