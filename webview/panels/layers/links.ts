/** What leads from the panel to the experiment file and to images. */
import type { LayersIntent, LayersModel } from '../../../src/shared/protocol/panels/layersPanel';
import type { Links } from '../../ui/linkMenu';

export interface PanelLinks {
  /** Shows an entry of the file; the file itself when none is named. */
  reveal(entry?: string): void;
  /** Of a number of the table or a point of a chart. */
  linksOf(pretraining: string | undefined, measure: string): Links | undefined;
}

export function createLinks(current: () => LayersModel | undefined, send: (intent: LayersIntent) => void): PanelLinks {
  return {
    reveal: (entry) => {
      if (current()?.hasFile) send(entry === undefined ? { type: 'openFile' } : { type: 'showInExperiment', entry });
    },
    linksOf: (pretraining, measure) => {
      const model = current();
      if (!model || pretraining === undefined) return undefined;
      const of = { pretraining, measure };
      const known = model.imageless.find((one) => one.pretraining === pretraining && one.measure === measure);
      const show = (entry: string) => () => send({ type: 'showInExperiment', entry });
      return {
        name: `${pretraining}, ${measure}`,
        images: known?.reason ?? (() => send({ type: 'showImages', of })),
        entries: [{ show: show(measure) }, { words: pretraining, show: show(pretraining) }],
      };
    },
  };
}
