/** Which look a pretraining has, the same in every panel and in reports; `webview/charts/series.ts` draws it. Pure. */

/** Index of a pretraining's look: of its colour, marker and dashes. */
export type LookOf = (pretraining: string) => number;

/** As much of an experiment as decides looks. */
export interface OrderOfPretrainings {
  readonly pretrainings: readonly { readonly id: string }[];
}

/**
 * A pretraining's look is its place in the experiment, whatever a run or a panel leaves out; those not in the experiment
 * come after it, in the order of `ids`.
 */
export function pretrainingLooks(experiment: OrderOfPretrainings | undefined, ids: Iterable<string>): LookOf {
  const places = new Map<string, number>();
  const order = experiment?.pretrainings.map(({ id }) => id) ?? [];
  for (const id of [...order, ...ids]) if (!places.has(id)) places.set(id, places.size);
  return (pretraining) => places.get(pretraining) ?? places.size;
}
