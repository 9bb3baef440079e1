/** An image in words: its label, and what its neighbours would call it. */
import type { Shown } from './shown';

export function describeImage({ study, main }: Pick<Shown, 'study' | 'main'>, image: number): string {
  const label = study.classes[study.label[image]!];
  const predicted = study.classes[main.map.predicted[image]!];
  if (label === undefined) return predicted === undefined ? '' : `neighbours say ${predicted}`;
  if (predicted === undefined) return label;
  return predicted === label ? `${label}, as its neighbours say` : `${label}; neighbours say ${predicted}`;
}
