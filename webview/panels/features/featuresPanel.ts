/** The Features panel: puts its parts together, keeps the view, and redraws when model, files or view change. */
import type {
  FeaturesIntent,
  FeaturesModel,
  FeaturesTab,
  FeaturesView,
} from '../../../src/shared/protocol/panels/featuresPanel';
import type { SelectionChange } from '../../../src/shared/protocol/panels/selection';
import { showNames } from '../../../src/shared/views/features/featuresCells';
import { followSelection, type CellPlace } from '../../../src/shared/views/features/featuresGrid';
import { imageSource } from '../../../src/shared/views/selection/imageSource';
import { createAnalysesFrame, type DetailPart } from '../../ui/analysesFrame';
import { createAnalysesReading } from '../../ui/analysesReading';
import { createAnalysisMenu } from '../../ui/analysisMenu';
import { createAnnouncer } from '../../ui/announce';
import type { PanelChannel, PanelDrawing } from '../../ui/channel';
import { createWantedSelection } from '../../ui/wantedSelection';
import { createChannels } from './channels';
import { createControls } from './controls';
import { createDistances } from './distances';
import { createPictures } from './picturesPart';
import { KnownStudy } from './knownStudy';
import { createSaving } from './saving';
import type { Shown } from './shown';
import { createWishes } from './wishes';

type Channel = PanelChannel<FeaturesIntent, FeaturesView>;

export function createFeaturesPanel(channel: Channel): PanelDrawing<FeaturesModel> {
  const announce = createAnnouncer();
  const known = new KnownStudy(() => channel.view);
  const wanted = createWantedSelection();
  const current = (): Shown | undefined => known.shown;
  const pictures = createPictures({ current, change, look, announce });
  const controls = createControls(change, current);
  const parts = { distances: createDistances(change), channels: createChannels(change), wishes: createWishes(change) };
  const menu = createAnalysisMenu(channel.send);
  const frame = createAnalysesFrame({
    id: 'features-details',
    waiting: 'Reading the analyses …',
    nothingYet:
      'Nothing has been looked at yet. Start an inversion or another analysis of single images with Analyse…, or write one below `analyses` in the experiment file.',
    ...{ menu: menu.node, controls: controls.node, pictures: pictures.node, send: channel.send },
    side: [createSaving({ current, canvases: pictures.canvases, chart: parts.distances.chart, save: channel.save })],
    onTab: (tab) => change({ tab: tab as FeaturesTab }),
  });
  const reading = createAnalysesReading<FeaturesModel>({
    read: async (model) => {
      await known.read(model);
      redraw();
    },
    onFail: (message) => frame.say(message, true),
  });
  return {
    draw: (model) => {
      frame.drawHead(model);
      reading.take(model);
      redraw();
    },
    follow: (news) => {
      wanted.add(news);
      redraw();
    },
    fail: (message) => frame.say(message, true),
  };

  function change(part: Partial<FeaturesView>): void {
    channel.saveView(part);
    if ('seed' in part || 'source' in part) reading.again();
    redraw();
    const { shown } = known;
    if (!shown) return;
    if ('layer' in part || 'iteration' in part || 'show' in part) announce(describeLook(shown));
    if (!('source' in part) && ('layer' in part || 'model' in part || 'image' in part)) channel.select(lookedAt(shown));
  }

  function look({ image, layer, model }: CellPlace): void {
    const at = known.shown?.grid.at;
    if (!at || (at.image.key === image.key && at.layer === layer && at.model === model)) return;
    change({ image: image.key, layer, model });
  }

  function redraw(): void {
    const { model } = reading;
    if (!model) return;
    follow(model);
    known.compose(model);
    drawMenu(model);
    const { files, shown } = known;
    if (!files) return;
    const hasPictures = shown !== undefined && files.study.images.length > 0;
    const { problems } = files.read;
    frame.drawState({ model, problems, isShown: shown !== undefined, hasPictures });
    if (hasPictures) {
      controls.draw(shown);
      pictures.draw(shown);
    }
    const own = shown ? detailParts(parts, shown) : [];
    frame.drawDetails(own, channel.view.tab, { model, problems, title: 'Where the pictures come from' });
  }

  function drawMenu({ offer }: FeaturesModel): void {
    const { shown } = known;
    const image = shown?.study.images.length ? shown.grid.at.image : undefined;
    const { seed } = channel.view;
    menu.draw({
      offer,
      kinds: ['inversion', 'activations', 'attribution', 'maximisation'],
      ...(image && { image }),
      ...(seed !== undefined && { seed }),
    });
  }

  /** Another panel may have chosen a pretraining, a layer, a class or an image, which may be of data that is still to be read. */
  function follow({ stages }: FeaturesModel): void {
    if (!known.files) return;
    const { study } = known.files;
    const news = wanted.take({
      isRead: (source) => study.images.some((one) => imageSource(one) === source),
      isKnown: (source) => stages.some((stage) => stage.kind !== 'maximisation' && imageSource(stage) === source),
      open: (source) => {
        if (channel.view.source === source) return;
        channel.saveView({ source });
        reading.again();
      },
    });
    const part = followSelection(study, channel.view, news);
    if (part) channel.saveView(part);
  }
}

interface Drawing {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
}

/** Those that there is something to show in. */
function detailParts(
  parts: Readonly<Record<'distances' | 'channels' | 'wishes', Drawing>>,
  shown: Shown,
): DetailPart[] {
  const { study } = shown;
  const part = (id: keyof typeof parts, label: string, title: string): DetailPart => ({
    ...{ id, label, title, node: parts[id].node },
    draw: () => parts[id].draw(shown),
  });
  return [
    ...(study.iterations.length > 0
      ? [part('distances', 'Distances', 'How far inversions are from their images')]
      : []),
    ...(study.shows.includes('channel') ? [part('channels', 'Channels', 'What channels answer to')] : []),
    ...(study.hasWishes() ? [part('wishes', 'Maximised', 'Pictures that channels answer to most')] : []),
  ];
}

/** Pretraining, layer and image, for other panels. */
function lookedAt({ grid: { at } }: Shown): SelectionChange {
  const { data, split, name } = at.image;
  return {
    pretraining: at.model,
    ...(at.layer !== '' && { layer: at.layer }),
    ...(data !== '' && { image: { data, split, name } }),
  };
}

function describeLook({ show, grid, view }: Shown): string {
  const when = show === 'inversion' && view.iteration !== undefined ? `, ${view.iteration} updates` : '';
  return `${showNames[show]}${show === 'image' ? '' : ` at ${grid.at.layer}`}${when}`;
}
