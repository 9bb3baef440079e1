/** Trunks of the perceptual distance; in a file of their own because pages read them, and no page needs the settings. */
export const perceptualTrunks = ['alex', 'vgg', 'squeeze'] as const;
export type PerceptualTrunk = (typeof perceptualTrunks)[number];
