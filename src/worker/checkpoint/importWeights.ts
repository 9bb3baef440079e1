/** Sets a backbone's weights from a stranger's file: recognised, compared with the backbone, then read tensor by tensor. */
import { inferArchitecture } from '../../shared/weights/architecture';
import { isEssential } from '../../shared/weights/backboneNames';
import { fitBackbone, requireFit, type Fit } from '../../shared/weights/fitBackbone';
import { recogniseOrRefuse, type Recognition, type WeightsMapping } from '../../shared/weights/recognise';
import { weightsFormats, type WeightsFile } from '../../shared/weights/weightsFile';
import type { Backbone } from '../models/backbone';

/** Tensors read at once: enough to keep a disk busy, little enough to stay in memory. */
const READ_AHEAD = 8;

export interface ImportReport {
  readonly recognition: Recognition;
  readonly fit: Fit;
  /** How the file was made, in one line: its own words, or what it was recognised as. */
  readonly origin: string;
  /** What may be wrong with the numbers: parts that this network lacks, images of another kind. */
  readonly warnings: readonly string[];
  /** What a reader of the numbers should know: the warnings, and what was left out. */
  readonly notes: readonly string[];
}

/** Throws a user error, and changes nothing, when the file does not hold all of the backbone. */
export async function importWeights(
  backbone: Backbone,
  weights: WeightsFile,
  mapping: WeightsMapping = {},
): Promise<ImportReport> {
  const recognition = recogniseOrRefuse(weights, mapping);
  const fit = fitBackbone(recognition, backbone.weights.shapes());
  requireFit(weights, fit, backbone.config);
  const shapes = backbone.weights.shapes();
  for (let from = 0; from < fit.matched.length; from += READ_AHEAD) {
    const names = fit.matched.slice(from, from + READ_AHEAD);
    const arrays = await Promise.all(names.map((name) => recognition.tensors.get(name)!.read()));
    backbone.weights.importTensors(
      new Map(names.map((name, k) => [name, { shape: shapes.get(name)!, data: arrays[k]! }])),
    );
  }
  const warnings = findWarnings(recognition, fit);
  const notes = [...noteLeftOut(weights, recognition, fit), ...warnings];
  return { recognition, fit, origin: describeOrigin(weights, recognition, fit), warnings, notes };
}

function describeOrigin(weights: WeightsFile, recognition: Recognition, fit: Fit): string {
  const { origin } = weights.metadata;
  if (origin !== undefined) return origin;
  const { family, prefix, encoder, tensors } = recognition;
  const facts = ['arch', 'epoch'].flatMap((key) =>
    key in weights.metadata ? [`${key} ${weights.metadata[key]}`] : [],
  );
  const parts = [
    `${weights.name.split(/[/\\]/).at(-1)}: ${family.title}, ${weightsFormats[weights.format]}`,
    inferArchitecture(tensors)?.label,
    ...facts,
    `${fit.matched.filter(isEssential).length} weights${prefix === '' ? '' : ` behind "${prefix}"`}${encoder ? ` (${encoder} encoder)` : ''}`,
  ];
  return parts.filter((part) => part !== undefined).join('; ');
}

function noteLeftOut(weights: WeightsFile, { prefix }: Recognition, fit: Fit): string[] {
  const extra = fit.leftOut.filter((name) => !name.startsWith(`${prefix}fc.`));
  if (extra.length === 0) return [];
  return [`${extra.length} tensors of ${weights.name} are not part of the backbone and were left out`];
}

function findWarnings({ family }: Recognition, { strange }: Fit): string[] {
  const beside = `${strange.length} tensors beside the backbone have no place in it, the first: ${strange[0]}; the network the file was made with may differ`;
  return [...(strange.length > 0 ? [beside] : []), ...(family.notes ?? [])];
}
