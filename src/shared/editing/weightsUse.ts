/** The weight file that an experiment names at a place of its text, and what the experiment would load it into. */
import type { ExperimentDocument } from '../experiment/document';
import type { BackboneConfig } from '../experiment/layers';
import { pretrainingFields } from '../experiment/pretrainingFields';
import type { WeightsMapping } from '../weights/recognise';
import { backboneOf, entryAt } from './looseExperiment';
import { findPathUses } from './pathUses';
import { spanOf, type SourceTree } from './sourceTree';

export interface WeightsUse {
  /** One for each seed where the path has `{seed}`. */
  readonly paths: readonly string[];
  readonly mapping: WeightsMapping;
  /** Id of the one that imports them; empty while it has none. */
  readonly pretraining: string;
  /** Absent while the file names none. */
  readonly backbone?: BackboneConfig;
}

/** The path of weights at `offset`; undefined elsewhere. What is wrong in the rest of the file does not matter. */
export function weightsAt(tree: SourceTree, offset: number): WeightsUse | undefined {
  const spot = tree.spotAt(offset);
  const place = spot?.part === 'value' ? entryAt(tree.value, spot.path) : undefined;
  if (!spot || place?.section !== 'pretrainings' || place.rest[0] !== 'weights') return undefined;
  const { start } = spanOf(spot.node);
  const use = findPathUses(tree).find((candidate) => candidate.start === start);
  if (!use) return undefined;
  const backbone = backboneOf(tree.value);
  return usedBy(place.entry, use.paths, backbone);
}

/** One pretraining that imports weights. */
export interface ImportedUse extends WeightsUse {
  /** Place in the list. */
  readonly index: number;
}

/** All of a file, also of one that has problems. */
export function importedUses(document: Pick<ExperimentDocument, 'value' | 'rangeOf'>): ImportedUse[] {
  const backbone = backboneOf(document.value);
  return findPathUses(document).flatMap(({ path, paths }): ImportedUse[] => {
    const place = entryAt(document.value, path);
    if (place?.section !== 'pretrainings') return [];
    return [{ ...usedBy(place.entry, paths, backbone), index: place.index }];
  });
}

function usedBy(
  entry: Readonly<Record<string, unknown>>,
  paths: readonly string[],
  backbone: BackboneConfig | undefined,
): WeightsUse {
  const pretraining = typeof entry.id === 'string' ? entry.id : '';
  return { paths, pretraining, mapping: mappingOf(entry), ...(backbone && { backbone }) };
}

/** What is said of the names in the file, as far as it may be said. */
function mappingOf(entry: Readonly<Record<string, unknown>>): WeightsMapping {
  const { family, prefix, encoder } = pretrainingFields;
  const [ofFamily, ofPrefix, ofEncoder] = [
    family.safeParse(entry.family),
    prefix.safeParse(entry.prefix),
    encoder.safeParse(entry.encoder),
  ];
  return {
    ...(ofFamily.data !== undefined && { family: ofFamily.data }),
    ...(ofPrefix.data !== undefined && { prefix: ofPrefix.data }),
    ...(ofEncoder.data !== undefined && { encoder: ofEncoder.data }),
  };
}
