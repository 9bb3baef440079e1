/** What points are coloured by: the group of each image on a map, and the legend that names and filters groups. Pure. */
import type { EmbeddingColour, EmbeddingView } from '../../protocol/panels/embeddingPanel';
import { classColours, type Rgb } from '../classColours';
import type { EmbeddingStudy, PlacedMap } from './embeddingStudy';

export const colourNames: Readonly<Record<EmbeddingColour, string>> = {
  label: 'label',
  predicted: 'class of the neighbours',
  right: 'right or wrong',
  pretraining: 'pretraining',
};

export interface PointGroup {
  readonly name: string;
  readonly colour: Rgb;
  /** Place among the shapes, for those who cannot tell colours apart. */
  readonly shape: number;
}

export interface PointGroups {
  readonly groups: readonly PointGroup[];
  /** [images] group, -1 where the map lacks the image. */
  readonly of: Int32Array;
}

/** How a pretraining looks in every panel. */
export type LookOf = (look: number) => Rgb;

/** Shapes of points, by `PointGroup.shape`; the last ones of seven repeat. */
export const pointShapes = ['circle', 'square', 'triangle', 'diamond', 'cross', 'plus', 'ring'] as const;

const GREY: Rgb = [127, 127, 127];
const unknown = 'not known';

/** What there is to colour by. */
export function knownColours({ classes }: EmbeddingStudy): EmbeddingColour[] {
  return classes.length > 0 ? ['label', 'predicted', 'right', 'pretraining'] : ['pretraining'];
}

export function groupPoints(study: EmbeddingStudy, map: PlacedMap, colour: EmbeddingColour, look: LookOf): PointGroups {
  const { predicted, at } = map;
  const { label } = study;
  const isThere = (image: number): boolean => !Number.isNaN(at[2 * image]!);
  const fill = (groupOf: (image: number) => number): Int32Array =>
    Int32Array.from(study.images, (_, image) => (isThere(image) ? groupOf(image) : -1));
  switch (colour) {
    case 'label':
      return { groups: classGroups(study), of: fill((image) => classOr(study, label[image]!)) };
    case 'predicted':
      return { groups: classGroups(study), of: fill((image) => classOr(study, predicted[image]!)) };
    case 'right':
      return {
        groups: [
          { name: 'right', colour: [0, 158, 115], shape: 0 },
          { name: 'wrong', colour: [230, 97, 0], shape: 4 },
        ],
        of: fill((image) => (predicted[image] === label[image] ? 0 : 1)),
      };
    case 'pretraining': {
      const model = study.models.find(({ id }) => id === map.model)!;
      return {
        groups: [{ name: model.id, colour: look(model.look), shape: model.look % pointShapes.length }],
        of: fill(() => 0),
      };
    }
  }
}

function classOr({ classes }: EmbeddingStudy, value: number): number {
  return value < 0 ? classes.length : value;
}

/** Those of unknown class come last, in grey. */
function classGroups({ classes }: EmbeddingStudy): PointGroup[] {
  const colours = classColours(classes);
  const named = classes.map((name, i) => ({ name, colour: colours[i]!, shape: i % pointShapes.length }));
  return [...named, { name: unknown, colour: GREY, shape: 0 }];
}

/** A line of the legend. */
export interface LegendLine extends PointGroup {
  /** Images of it on the maps that are shown. */
  readonly count: number;
  readonly isHidden: boolean;
  readonly isEmphasised: boolean;
}

/** Lines of all maps together, those without images left out. */
export function legendLines(
  all: readonly PointGroups[],
  view: Pick<EmbeddingView, 'hidden' | 'emphasised'>,
): LegendLine[] {
  const lines = new Map<string, LegendLine>();
  for (const { groups, of } of all) {
    const counts = new Int32Array(groups.length);
    for (const group of of) if (group >= 0) counts[group]!++;
    groups.forEach((group, i) => {
      if (counts[i] === 0) return;
      const { name } = group;
      const before = lines.get(name)?.count ?? 0;
      lines.set(name, {
        ...{ ...group, count: Math.max(before, counts[i]!) },
        ...{ isHidden: view.hidden.includes(name), isEmphasised: view.emphasised === name },
      });
    });
  }
  return [...lines.values()];
}

/** How an image is drawn. */
export const pointWeights = { absent: 0, grey: 1, full: 2 } as const;

export interface Filters extends Pick<EmbeddingView, 'hidden' | 'emphasised'> {
  /** The only images in colour, where some were chosen or searched for. */
  readonly only?: ReadonlySet<number>;
}

/** [images] of `pointWeights`. An emphasised name that no group has is as good as none. */
export function weighPoints({ groups, of }: PointGroups, { hidden, emphasised, only }: Filters): Uint8Array {
  const isHidden = groups.map(({ name }) => hidden.includes(name));
  const one = groups.findIndex(({ name }) => name === emphasised);
  return Uint8Array.from(of, (group, image) => {
    if (group < 0 || isHidden[group]) return pointWeights.absent;
    const isGrey = (one >= 0 && group !== one) || (only !== undefined && !only.has(image));
    return isGrey ? pointWeights.grey : pointWeights.full;
  });
}

/** Images whose name has the words, any case, in any order. */
export function searchImages(study: EmbeddingStudy, text: string): number[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  return study.images.flatMap(({ name }, image) => {
    const lower = name.toLowerCase();
    return words.every((word) => lower.includes(word)) ? [image] : [];
  });
}
