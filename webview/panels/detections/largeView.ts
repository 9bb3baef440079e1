/** One image, large: its boxes with what is known of the chosen one; of two runs side by side or in turn. */
import type { AnalysisIntent } from '../../../src/shared/protocol/panels/analysisStart';
import { createAnalysisMenu, type AnalysisMenu } from '../../ui/analysisMenu';
import { runLetter } from '../../ui/comparison';
import { createImageStage, type ImageStage, type StagePoint } from '../../ui/imageStage';
import { analysisContext } from './analyseImage';
import { createBoxList } from './boxList';
import { createEvidenceView, type EvidenceView, type MarkedProposal } from './boxEvidence';
import { listBoxes, type BoxReference, type DrawnBox, type Scene } from './boxes';
import { boxUnder, nextBox } from './boxWalk';
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

const label =
  'Image. Left and right go through images, plus and minus zoom, Shift and arrows move, N and P go through boxes, Escape closes.';

export function createLargeView(options: LargeViewOptions): LargeView {
  return new LargeImage(options);
}

class LargeImage implements LargeView {
  readonly node: HTMLElement;
  private readonly boxList = createBoxList((reference) => this.choose(reference));
  private readonly evidence: EvidenceView;
  private readonly menu: AnalysisMenu;
  private readonly stage: ImageStage;
  private shown: Shown | undefined;
  private blink = 0;
  private drawnImage = -1;
  private chosen: BoxReference | undefined;
  /** To be chosen when its image is there. */
  private awaited: BoxReference | undefined;
  /** By run; what is zoomed and moved stays the same boxes. */
  private boxes = new Map<number, readonly DrawnBox[]>();

  constructor({ onMove, onClose, onBlink, onAnalyse }: LargeViewOptions) {
    this.evidence = createEvidenceView({
      onChange: () => this.stage.refresh(),
      onOpen: (image, reference) => {
        if (image === this.shown?.view.image) return this.choose(reference);
        this.awaited = reference;
        onMove(image);
      },
    });
    this.boxList.place.append(this.evidence.node);
    this.menu = createAnalysisMenu(onAnalyse);
    this.menu.node.hidden = true;
    this.stage = createImageStage({
      ...{ label, aside: this.boxList.node, tools: [this.menu.node], onMove, onClose },
      keys: { n: () => this.walk(1), p: () => this.walk(-1), b: onBlink },
      onEscape: () => this.leaveBox(),
      onPress: (point) => this.choose(this.boxAt(point)),
    });
    this.node = this.stage.node;
  }

  draw(next: Shown, blink: number): void {
    this.shown = next;
    this.blink = blink;
    this.boxes = new Map();
    if (next.view.image !== this.drawnImage) {
      this.drawnImage = next.view.image ?? -1;
      this.chosen = this.awaited;
      this.awaited = undefined;
    }
    this.redraw();
  }

  focus(): void {
    this.stage.focus();
  }

  picture(): HTMLCanvasElement | undefined {
    return this.stage.picture();
  }

  private choose(reference: BoxReference | undefined): void {
    this.chosen = reference;
    this.redraw();
  }

  /** Whether there was one. */
  private leaveBox(): boolean {
    const hadBox = this.chosen !== undefined;
    if (hadBox) this.choose(undefined);
    return hadBox;
  }

  private boxAt(point: StagePoint): BoxReference | undefined {
    if (!this.shown) return undefined;
    const run = drawnRuns(this.shown, this.blink)[point.cell] ?? 0;
    return boxUnder(this.boxesOf(this.shown, run), point);
  }

  private walk(step: 1 | -1): void {
    const { shown } = this;
    if (!shown) return;
    const runs = drawnRuns(shown, this.blink).map((run) => this.boxesOf(shown, run));
    const next = nextBox(runs, this.chosen, step);
    if (next) this.choose(next);
  }

  private sceneOf({ tables, filter, view }: Shown, run: number): Scene {
    const { chosen } = this;
    return { tables, filter, view, run, image: view.image ?? 0, ...(chosen && { chosen }) };
  }

  private boxesOf(shown: Shown, run: number): readonly DrawnBox[] {
    const known = this.boxes.get(run) ?? listBoxes(this.sceneOf(shown, run));
    this.boxes.set(run, known);
    return known;
  }

  private redraw(): void {
    const { shown, chosen } = this;
    if (!shown || shown.view.image === undefined) return;
    const { image } = shown.view;
    const runs = drawnRuns(shown, this.blink);
    this.drawStage(shown, image, runs);
    this.boxList.draw(shown, runs, { chosen, boxesOf: (run) => this.boxesOf(shown, run) });
    this.evidence.draw(shown, chosen);
    const context = analysisContext(shown, { image, chosen, run: runs[0] ?? 0 });
    this.menu.node.hidden = !context;
    if (context) this.menu.draw(context);
  }

  private drawStage(shown: Shown, image: number, runs: readonly number[]): void {
    const { tables, images, pictures, runs: all } = shown;
    const { stage } = this;
    const isWanted = (): boolean => this.shown?.view.image === image;
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
        const scene = this.sceneOf(shown, run);
        const proposals = this.proposalsOf(run);
        paintScene(canvas, { picture: want(), scene, boxes: this.boxesOf(shown, run), proposals, place, ratio });
      },
    });
  }

  /** Of the chosen box where it is drawn. */
  private proposalsOf(run: number): readonly MarkedProposal[] {
    const { chosen } = this;
    return chosen && (chosen.kind === 'object' || chosen.run === run) ? this.evidence.proposals() : [];
  }
}
