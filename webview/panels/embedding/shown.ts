/** What is on screen: maps, groups and filters, made of files and view. */
import type {
  EmbeddingColour,
  EmbeddingModel,
  EmbeddingView,
} from '../../../src/shared/protocol/panels/embeddingPanel';
import { chooseColour, chooseMaps, type StageChoice } from '../../../src/shared/views/embedding/chooseMaps';
import type { EmbeddingStudy, PlacedMap } from '../../../src/shared/views/embedding/embeddingStudy';
import {
  groupPoints,
  legendLines,
  weighPoints,
  type LegendLine,
  type PointGroups,
} from '../../../src/shared/views/embedding/pointGroups';
import { rgb } from 'd3';
import { seriesLook } from '../../charts/series';

export interface ShownMap {
  readonly map: PlacedMap;
  readonly groups: PointGroups;
  readonly weights: Uint8Array;
}

export interface Shown {
  readonly model: EmbeddingModel;
  readonly view: EmbeddingView;
  readonly study: EmbeddingStudy;
  readonly choice: StageChoice;
  readonly colour: EmbeddingColour;
  readonly maps: readonly ShownMap[];
  /** The map that is looked at. */
  readonly main: ShownMap;
  readonly legend: readonly LegendLine[];
  /** The image that is looked at. */
  readonly image: number | undefined;
  readonly chosen: readonly number[];
  /** What was searched for; undefined when nothing is. */
  readonly found: readonly number[] | undefined;
}

export interface ShownInput extends Pick<Shown, 'model' | 'view' | 'study' | 'choice' | 'chosen' | 'found'> {
  /** Groups of maps from before, which do not change. */
  readonly groupsOf: (map: PlacedMap, colour: EmbeddingColour) => PointGroups;
}

/** Undefined where there is no map. */
export function composeShown({ groupsOf, ...input }: ShownInput): Shown | undefined {
  const { view, study, choice, chosen, found } = input;
  const colour = chooseColour(study, view);
  const placed = chooseMaps(study, view, choice.seed);
  const groups = placed.map((map) => groupsOf(map, colour));
  const only = found?.length ? found : chosen.length > 0 ? chosen : undefined;
  const filters = { hidden: view.hidden, emphasised: view.emphasised, ...(only && { only: new Set(only) }) };
  const maps = placed.map((map, i) => ({ map, groups: groups[i]!, weights: weighPoints(groups[i]!, filters) }));
  const here = chooseMaps(study, { ...view, beside: 'none' }, choice.seed)[0];
  const main = maps.find(({ map }) => map === here) ?? maps[0];
  if (!main) return undefined;
  return { ...input, colour, maps, main, legend: legendLines(groups, view), image: study.imageAt(view.image) };
}

/** Keeps the groups of maps of one study, since making them anew would cost a switch of layers its speed. */
export function createGroups(): (study: EmbeddingStudy) => ShownInput['groupsOf'] {
  let of: EmbeddingStudy | undefined;
  const known = new Map<string, PointGroups>();
  return (study) => {
    if (of !== study) known.clear();
    of = study;
    return (map, colour) => {
      const key = `${map.key} ${colour}`;
      const groups = known.get(key) ?? groupPoints(study, map, colour, lookColour);
      known.set(key, groups);
      return groups;
    };
  };
}

function lookColour(look: number): readonly [number, number, number] {
  const { r, g, b } = rgb(seriesLook(look).colour);
  return [r, g, b];
}
