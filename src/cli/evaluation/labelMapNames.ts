/** Meanings of label values that are known by name. */

/**
 * `cityscapes`: both folders hold Cityscapes ids, files are matched by city and frame; `cityscapes-truth`: predictions hold
 * the training ids 0..18.
 */
export const labelMapNames = ['cityscapes', 'cityscapes-truth'] as const;
export type LabelMapName = (typeof labelMapNames)[number];
