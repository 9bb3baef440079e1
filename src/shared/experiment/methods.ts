/** The pretraining methods that train a backbone here, as opposed to drawing or importing its weights, and what they need. */

export const trainedMethods = ['supervised', 'instdisc', 'moco', 'exemplar', 'supcon'] as const;
export type TrainedMethod = (typeof trainedMethods)[number];

/** Those with a momentum encoder and a queue of keys; they differ in what the loss makes of the queue. */
export const momentumMethods = ['moco', 'exemplar', 'supcon'] as const;
export type MomentumMethod = (typeof momentumMethods)[number];

const readsLabels: Readonly<Record<TrainedMethod, boolean>> = {
  ...{ supervised: true, exemplar: true, supcon: true },
  ...{ instdisc: false, moco: false },
};

export function isMomentumMethod(method: string): method is MomentumMethod {
  return momentumMethods.some((known) => known === method);
}

/** Whether the training sees the labels of its images. */
export function usesLabels(method: TrainedMethod): boolean {
  return readsLabels[method];
}
