/** Where the features of a place are found again: asks the worker about the newest place, and says where rings are drawn. */
import { activationTensor } from '../../../src/shared/results/activations';
import type { CellPlace } from '../../../src/shared/views/features/featuresGrid';
import type { FoundActivations } from '../../../src/shared/views/features/featuresStudy';
import type { DenseMatch } from '../../../src/shared/math/denseMatches';
import { createLatest } from '../../ui/engine';
import type { CellMark } from './paintCell';
import type { Shown } from './shown';

/** A point of a picture, as shares of its sides. */
export interface AskedPoint {
  readonly place: CellPlace;
  readonly x: number;
  readonly y: number;
}

export interface Matching {
  /** Undefined: no longer. */
  ask(shown: Shown, point: AskedPoint | undefined): void;
  /** Asks about the place one row or column of the map further; from the middle at first. */
  step(shown: Shown, right: number, down: number): void;
  markOf(shown: Shown, place: CellPlace): CellMark | undefined;
}

interface Answer {
  readonly found: FoundActivations;
  readonly asked: CellPlace;
  readonly matches: readonly DenseMatch[];
}

export function createMatching(onChange: (words: string) => void): Matching {
  let answer: Answer | undefined;
  let point: AskedPoint | undefined;
  const forget = (): void => {
    point = undefined;
    if (!answer) return;
    answer = undefined;
    onChange('');
  };
  const look = createLatest(async ({ shown, asked }: { readonly shown: Shown; readonly asked: AskedPoint }) => {
    const found = foundAt(shown, asked.place);
    if (!found) return forget();
    const { stage, layer, image } = found;
    const at = {
      image,
      row: Math.min(layer.height - 1, Math.floor(asked.y * layer.height)),
      column: Math.min(layer.width - 1, Math.floor(asked.x * layer.width)),
    };
    const tensor = activationTensor(layer.layer, 'features');
    const matches = await shown.read.engine.call('match', { stage: stage.key, tensor, at });
    // The pointer may have left.
    if (point === undefined || matches.length === 0) return;
    answer = { found, asked: asked.place, matches };
    const best = matches.filter(({ image: other }) => other !== image).sort((a, b) => b.cosine - a.cosine)[0];
    const name = best && found.file.images[best.image]?.name;
    onChange(
      best
        ? `row ${at.row + 1}, column ${at.column + 1} is found again best in ${name}, cosine ${best.cosine.toFixed(2)}`
        : '',
    );
  });
  const ask = (shown: Shown, next: AskedPoint | undefined): void => {
    if (!next || !foundAt(shown, next.place)) return forget();
    point = next;
    look({ shown, asked: next });
  };
  return {
    ask,
    step: (shown, right, down) => {
      const { at } = shown.grid;
      const found = foundAt(shown, at);
      if (!found) return;
      const { height, width } = found.layer;
      const from = point?.place.image.key === at.image.key ? point : { x: 0.5, y: 0.5 };
      const inside = (share: number): number => Math.min(0.9999, Math.max(0, share));
      ask(shown, { place: at, x: inside(from.x + right / width), y: inside(from.y + down / height) });
    },
    markOf: (shown, place) => {
      if (!answer || !shown.view.showMatches) return undefined;
      const { found, asked, matches } = answer;
      if (place.model !== asked.model || place.layer !== asked.layer) return undefined;
      const here = foundAt(shown, place);
      const match = here?.stage === found.stage ? matches.find(({ image }) => image === here.image) : undefined;
      if (!match) return undefined;
      const { height, width } = found.layer;
      const isAsked = place.image.key === asked.image.key;
      return { x: (match.column + 0.5) / width, y: (match.row + 0.5) / height, isAsked, cosine: match.cosine };
    },
  };
}

/** Where the layer's features were kept and have places. */
function foundAt({ study, view }: Shown, { image, layer, model }: CellPlace): FoundActivations | undefined {
  if (!view.showMatches) return undefined;
  const found = study.activation(image.key, layer, model);
  return found?.layer.features && found.layer.height * found.layer.width > 1 ? found : undefined;
}
