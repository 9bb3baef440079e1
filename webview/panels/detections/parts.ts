/** The panel's parts, and what is done when they are used. */
import type {
  DetectionsIntent,
  DetectionsModel,
  DetectionsView,
} from '../../../src/shared/protocol/panels/detectionsPanel';
import type { SavedFile } from '../../../src/shared/protocol/panels/panelMessages';
import { listenForFigureLinks } from '../../ui/figureLinks';
import { createImagePanel, type ImagePanel } from '../../ui/imagePanel';
import { createControls, noFilters, type Controls } from './controls';
import { createFigures, type Figures } from './figures';
import { createLargeView, type LargeView } from './largeView';
import { createPicturesHint, type PicturesHint } from './picturesHint';
import { createSaving, type Saving } from './saving';
import type { Shown } from './shown';

export interface Parts {
  readonly controls: Controls;
  readonly large: LargeView;
  readonly figures: Figures;
  readonly saving: Saving;
  readonly hint: PicturesHint;
  /** The frame with the others in it. */
  readonly panel: ImagePanel;
}

export interface PartsOptions {
  readonly model: () => DetectionsModel | undefined;
  readonly shown: () => Shown | undefined;
  readonly change: (part: Partial<DetectionsView>) => void;
  readonly onBlink: () => void;
  readonly send: (intent: DetectionsIntent) => void;
  readonly save: (file: SavedFile) => void;
}

export function createParts({ model, shown, change, onBlink, send, save }: PartsOptions): Parts {
  const controls = createControls({
    change,
    onAddResults: () => send({ type: 'addResults' }),
    onReset: () => change(noFilters),
  });
  const large = createLargeView({
    onMove: (image) => change({ image }),
    onClose: () => {
      change({ isLarge: false });
      panel.grid.focus();
    },
    onBlink,
    onAnalyse: send,
  });
  const figures = createFigures(change);
  listenForFigureLinks(figures.node, {
    send,
    shown: () => {
      const of = model();
      return of && { transfer: of.transfer, runs: shown()?.runs ?? [] };
    },
    showAll: () => change(noFilters),
  });
  const picture = (): HTMLCanvasElement | undefined => large.picture();
  const saving = createSaving({ current: shown, picture, chart: () => figures.chart(), save });
  const hint = createPicturesHint(send);
  const panel = createImagePanel({
    ...{ controls: controls.node, large: large.node, side: [saving.node, figures.node], hint: hint.node },
    onMove: (image) => change({ image }),
    onOpen: (image) => {
      change({ image, isLarge: true });
      large.focus();
    },
  });
  return { controls, large, figures, saving, hint, panel };
}
