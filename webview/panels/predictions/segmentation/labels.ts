/** Pictures of label maps: sheets are fetched here and handed to the worker, which colours what is wanted. */
import type { LabelColours } from '../../../../src/shared/views/predictions/composeLabels';
import { createBitmapStore, type BitmapWish, type Picture } from '../../../ui/bitmapStore';
import { fetchOf, type Engine } from '../../../ui/engine';
import { bucketOf } from '../../../ui/pictures';
import type { EngineCalls, LabelAsk } from '../engineMessages';

export interface LabelWish extends Pick<BitmapWish, 'isWanted' | 'onReady'> {
  readonly ask: LabelAsk;
  readonly colours: LabelColours;
  /** Names the palette: equal names, equal colours. */
  readonly palette: string;
  /** Longest side in px that is of use. */
  readonly side: number;
}

export interface LabelStore {
  want(wish: LabelWish): Picture | undefined;
  /** True and predicted label of a pixel. */
  look(ask: LabelAsk, x: number, y: number): Promise<{ truth: number; predicted: number }>;
  dispose(): void;
}

/** Decoded sheets in the worker: 4 MB each, 2 MB of a Cityscapes image. */
const KEPT_SHEETS = 48;

export function createLabels(engine: Engine<EngineCalls>): LabelStore {
  const store = createBitmapStore();
  /** By URL, least recently used first. */
  const sheets = new Map<string, Promise<unknown>>();

  const load = async (name: string): Promise<void> => {
    const known = sheets.get(name);
    sheets.delete(name);
    const loading =
      known ?? fetchOf(name).then(async (found) => engine.call('sheet', { name, bytes: await found.arrayBuffer() }));
    sheets.set(name, loading);
    for (const old of sheets.keys()) {
      if (sheets.size <= KEPT_SHEETS) break;
      sheets.delete(old);
      void engine.call('forget', { name: old });
    }
    await loading;
  };
  const loadBoth = async ({ truth, predicted }: LabelAsk): Promise<void> => {
    await Promise.all([load(truth), load(predicted)]);
  };
  const colour = async ({ ask, colours, side }: LabelWish): Promise<Picture> => {
    await loadBoth(ask);
    const bitmap = await engine.call('colour', { ...ask, ...colours, side });
    return { bitmap, x: 0, y: 0, width: bitmap.width, height: bitmap.height };
  };
  return {
    want: (wish) => {
      const { ask, colours, palette, isWanted, onReady } = wish;
      const side = bucketOf(wish.side);
      const { truth, predicted, x, y } = ask;
      const group = JSON.stringify([truth, predicted, x, y, colours.part]);
      const key = JSON.stringify([group, palette, colours.only, side]);
      const make = (): Promise<Picture> => colour({ ...wish, side });
      return store.want({ key, group, make, isShared: false, isWanted, onReady });
    },
    look: async (ask, atX, atY) => {
      await loadBoth(ask);
      return engine.call('look', { ...ask, atX, atY });
    },
    dispose: () => store.dispose(),
  };
}
