/** One image, large: its boxes with what is known of the chosen one; of two runs side by side or in turn. */
import type { AnalysisIntent } from '../../../src/shared/protocol/panels/analysisStart';
import { createAnalysisMenu } from '../../ui/analysisMenu';
import { runLetter } from '../../ui/comparison';
import { createImageStage, type StagePoint } from '../../ui/imageStage';
import { analysisContext } from './analyseImage';
import { createBoxList } from './boxList';
import { createEvidenceView } from './boxEvidence';
import { isSameBox, listBoxes, type BoxReference, type DrawnBox, type Scene } from './boxes';
import { paintScene } from './paint';
import { drawnRuns, type Shown } from './shown';
import { describeTile } from './tiles';

export interface LargeView {
  readonly node: HTMLElement;
  draw(shown: Shown, blink: number): void;
  focus(): void;
  /** Of what is on screen. */
  picture(): HTMLCanvasElement | undefined;
}

export interface LargeViewOptions {
  readonly onMove: (image: number) => void;
  readonly onClose: () => void;
  readonly onBlink: () => void;
  readonly onAnalyse: (intent: AnalysisIntent) => void;
}

export function createLargeView({ onMove, onClose, onBlink, onAnalyse }: LargeViewOptions): LargeView {
  const boxList = createBoxList((reference) => choose(reference));
  const evidence = createEvidenceView({
    onChange: () => stage.refresh(),
    onOpen: (image, reference) => {
      if (image === shown?.view.image) return choose(reference);
      awaited = reference;
      onMove(image);
    },
  });
  boxList.place.append(evidence.node);
  const menu = createAnalysisMenu(onAnalyse);
  menu.node.hidden = true;
  let shown: Shown | undefined;
  let blink = 0;
  let drawnImage = -1;
  let chosen: BoxReference | undefined;
  /** To be chosen when its image is there. */
  let awaited: BoxReference | undefined;
  /** By run; what is zoomed and moved stays the same boxes. */
  let boxes = new Map<number, readonly DrawnBox[]>();

  const choose = (reference: BoxReference | undefined): void => {
    chosen = reference;
    redraw();
  };
  const stage = createImageStage({
    label:
      'Image. Left and right go through images, plus and minus zoom, Shift and arrows move, N and P go through boxes, Escape closes.',
    aside: boxList.node,
    tools: [menu.node],
    keys: { n: () => walkBoxes(1), p: () => walkBoxes(-1), b: onBlink },
    onMove,
    onClose,
    onEscape: () => {
      const hadBox = chosen !== undefined;
      if (hadBox) choose(undefined);
      return hadBox;
    },
    onPress: (point) => choose(boxUnder(point)),
  });

  return {
    node: stage.node,
    draw: (next, nextBlink) => {
      shown = next;
      blink = nextBlink;
      boxes = new Map();
      if (next.view.image !== drawnImage) {
        drawnImage = next.view.image ?? -1;
        chosen = awaited;
        awaited = undefined;
      }
      redraw();
    },
    focus: stage.focus,
    picture: stage.picture,
  };

  /** The smallest box around the point: those inside others can be reached. */
  function boxUnder({ cell, x, y, pixel }: StagePoint): BoxReference | undefined {
    if (!shown) return undefined;
    const slack = 3 * pixel;
    const run = drawnRuns(shown, blink)[cell] ?? 0;
    const inside = boxesOf(run).filter(({ box: [left, top, w, h] }) => {
      return x >= left - slack && x <= left + w + slack && y >= top - slack && y <= top + h + slack;
    });
    return inside.sort((a, b) => a.box[2] * a.box[3] - b.box[2] * b.box[3])[0]?.reference;
  }

  function walkBoxes(step: number): void {
    if (!shown) return;
    const all = drawnRuns(shown, blink).flatMap((run, i) =>
      boxesOf(run).filter(({ reference }) => i === 0 || reference.kind === 'detection'),
    );
    if (all.length === 0) return;
    const now = all.findIndex(({ reference }) => chosen && isSameBox(reference, chosen));
    choose(all[(now + step + all.length + (now < 0 && step < 0 ? 1 : 0)) % all.length]!.reference);
  }

  function sceneOf(run: number): Scene {
    const { tables, filter, view } = shown!;
    return { tables, filter, view, run, image: view.image ?? 0, ...(chosen && { chosen }) };
  }

  function boxesOf(run: number): readonly DrawnBox[] {
    const known = boxes.get(run) ?? listBoxes(sceneOf(run));
    boxes.set(run, known);
    return known;
  }

  function redraw(): void {
    if (!shown || shown.view.image === undefined) return;
    const { image } = shown.view;
    const { tables, images, pictures, runs: all } = shown;
    const runs = drawnRuns(shown, blink);
    const isWanted = (): boolean => shown?.view.image === image;
    const want = () => pictures.want(image, { side: Infinity, isWanted, onReady: stage.refresh });
    stage.draw({
      ...{ images, image, title: tables.truth.images.names[image]!, remark: describeTile(shown, image) },
      captions: runs.map((run) => (all.length > 1 ? `${runLetter(run)}: ${all[run]!.name}` : '')),
      size: () => {
        const { widths, heights } = tables.truth.images;
        const known = widths[image] && heights[image] ? undefined : want();
        return { width: widths[image] || known?.width || 1, height: heights[image] || known?.height || 1 };
      },
      paint: (cell, canvas, place, ratio) => {
        const run = runs[cell]!;
        const proposals = chosen && (chosen.kind === 'object' || chosen.run === run) ? evidence.proposals() : [];
        paintScene(canvas, { picture: want(), scene: sceneOf(run), boxes: boxesOf(run), proposals, place, ratio });
      },
    });
    boxList.draw(shown, runs, { chosen, boxesOf });
    evidence.draw(shown, chosen);
    const context = analysisContext(shown, { image, chosen, run: runs[0] ?? 0 });
    menu.node.hidden = !context;
    if (context) menu.draw(context);
  }
}
