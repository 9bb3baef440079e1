/** Names of the families, for the experiment file and the command line; the families themselves are in families.ts. */
export const familyNames = [
  ...(['torchvision', 'timm', 'moco', 'good-transfer', 'simclr', 'byol', 'swav', 'dino', 'vissl', 'lightly'] as const),
  ...(['solo-learn', 'openmmlab', 'detectron2', 'caffe2', 'keras', 'hugging-face'] as const),
] as const;
export type FamilyName = (typeof familyNames)[number];
