/** What a report says of an attribution: how much of an image the maps of each layer speak of, and whether hiding agrees. */
import { layerNames, type BackboneConfig } from '../../../shared/experiment/layers';
import { spearman } from '../../../shared/math/correlateRanks';
import { coveredShare, sampleMap } from '../../../shared/math/attribution/mapFigures';
import type { AttributionMap, Explanation } from '../../../shared/results/attribution';
import type { LayerScore } from '../../../shared/results/records';
import type { FileTensor } from '../../../shared/weights/safetensors';

/** Means over explanations, of each layer that Grad-CAM looked at; `occlusion` alone has no layers. */
export function scoreLayers(
  explanations: readonly Explanation[],
  tensors: ReadonlyMap<string, FileTensor>,
  backbone: BackboneConfig,
): LayerScore[] {
  const layers = new Set(explanations.flatMap(({ maps }) => maps.map(({ layer }) => layer)));
  const inOrder = layerNames(backbone).filter((layer) => layers.has(layer));
  const valuesOf = ({ tensor }: AttributionMap) => tensors.get(tensor)!.data as Float32Array;
  return inOrder.map((layer, position) => {
    const pairs = explanations.map(({ maps }) => ({
      map: maps.find((one) => one.layer === layer)!,
      hidden: maps.find((one) => one.method === 'occlusion'),
    }));
    const covered = meanOf(pairs.map(({ map }) => coveredShare({ values: valuesOf(map) })));
    const inBox = meanOf(pairs.map(({ map }) => map.inBox ?? NaN));
    const agreement = meanOf(
      pairs.map(({ map, hidden }) => {
        if (!hidden) return NaN;
        const sampled = sampleMap({ ...map, values: valuesOf(map) }, hidden.height, hidden.width);
        return spearman(sampled, valuesOf(hidden));
      }),
    );
    return {
      layer,
      depth: inOrder.length > 1 ? position / (inOrder.length - 1) : 1,
      dimension: pairs[0]!.map.height * pairs[0]!.map.width,
      metrics: {
        coveredShare: covered ?? 0,
        ...(agreement !== undefined && { occlusionAgreement: agreement }),
        ...(inBox !== undefined && { inBox }),
      },
    };
  });
}

/** Of the numbers among them. */
function meanOf(values: readonly number[]): number | undefined {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}
