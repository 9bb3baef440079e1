/**
 * What files of the perceptual distance call their tensors: torchvision's trunks (`features.0.weight`), whole state dicts of
 * the `lpips` package (`net.slice1.0.weight`, `lin0.model.1.weight`) and its files of linear layers alone.
 */

/** A place in the trunk, or the weights of a map's channels (`level` from 0). */
export type PerceptualPlace =
  { readonly part: 'trunk'; readonly name: string } | { readonly part: 'linear'; readonly level: number };

/** Undefined for tensors that the distance does not need, such as classifiers. */
export function perceptualPlace(tensor: string): PerceptualPlace | undefined {
  const name = tensor.replace(/^(?:state_dict\.|module\.)+/, '');
  const slice = /^net\.slice[1-7]\.(\d+\.(?:\w+\.)?(?:weight|bias))$/.exec(name);
  if (slice) return { part: 'trunk', name: `features.${slice[1]}` };
  if (/^features\.\d+\.(?:\w+\.)?(?:weight|bias)$/.test(name)) return { part: 'trunk', name };
  const linear = /^lins?\.?([0-6])\.model\.[01]\.weight$/.exec(name);
  return linear ? { part: 'linear', level: Number(linear[1]) } : undefined;
}
