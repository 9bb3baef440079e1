/** The Embedding panel: puts its parts together, keeps the view, and redraws when model, maps or view change. */
import type {
  EmbeddingIntent,
  EmbeddingModel,
  EmbeddingTab,
  EmbeddingView,
  MapLook,
} from '../../../src/shared/protocol/panels/embeddingPanel';
import { followEmbedding } from '../../../src/shared/views/embedding/chooseMaps';
import { isInSight, lookAt } from '../../../src/shared/views/embedding/mapScale';
import { imageSource } from '../../../src/shared/views/selection/imageSource';
import { createAnalysesFrame, type AnalysesFrame, type DetailPart } from '../../ui/analysesFrame';
import { createAnalysesReading } from '../../ui/analysesReading';
import { createAnnouncer } from '../../ui/announce';
import type { PanelChannel, PanelDrawing } from '../../ui/channel';
import { element } from '../../ui/element';
import { onceAFrame } from '../../ui/onceAFrame';
import { createWantedSelection } from '../../ui/wantedSelection';
import { createActions } from './actions';
import { KnownMaps } from './knownMaps';
import { createParts, type Parts } from './parts';
import type { Shown } from './shown';

type Channel = PanelChannel<EmbeddingIntent, EmbeddingView>;

export function createEmbeddingPanel(channel: Channel): PanelDrawing<EmbeddingModel> {
  const known = new KnownMaps(() => channel.view);
  const wanted = createWantedSelection();
  const actions = createActions({
    ...{ known, announce: createAnnouncer(), saveView: channel.saveView, select: channel.select },
    ...{ redraw, reload: () => reading.again(), bringIntoView },
  });
  const parts = createParts({
    ...{ known, actions, send: channel.send, save: channel.save, redraw, onMove: moveMaps },
    onThumbnails: onceAFrame(() => {
      parts.maps.refresh();
      parts.tip.refresh();
      drawDetails();
    }),
  });
  const frame = createFrame(parts, channel.send, (tab) => actions.change({ tab }));
  const reading = createAnalysesReading<EmbeddingModel>({
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
      if (news.image) bringIntoView(known.shown?.image);
    },
    fail: (message) => frame.say(message, true),
  };

  function redraw(): void {
    const { model } = reading;
    if (!model) return;
    follow(model);
    known.compose(model);
    parts.menu.draw(model, channel.view.seed);
    const { files, shown } = known;
    if (!files) return;
    const isShown = shown !== undefined;
    frame.drawState({ model, problems: files.problems, isShown, hasPictures: isShown });
    for (const { node } of [parts.legend, parts.saving]) node.hidden = !isShown;
    if (shown) for (const part of [parts.controls, parts.legend, parts.maps]) part.draw(shown);
    drawDetails();
  }

  function drawDetails(): void {
    const { model } = reading;
    const { files, shown, chosen } = known;
    if (!model || !files) return;
    const own = shown ? detailParts(parts, shown, chosen.length) : [];
    frame.drawDetails(own, channel.view.tab, { model, problems: files.problems, title: 'Where the maps come from' });
  }

  /** Nothing but the maps is to be drawn. */
  function moveMaps(look: MapLook): void {
    channel.saveView({ look });
    const shown = known.lookAgain();
    if (shown) parts.maps.draw(shown);
  }

  /** Puts an image into the middle that is out of sight. */
  function bringIntoView(image: number | undefined): void {
    const picture = parts.maps.drawn()[0]?.picture;
    if (!known.shown || image === undefined || !picture) return;
    const { main, view } = known.shown;
    const place = [main.map.at[2 * image]!, main.map.at[2 * image + 1]!] as const;
    if (Number.isNaN(place[0]) || isInSight(picture.scale, picture.size, place)) return;
    moveMaps(lookAt(view.look, parts.maps.bounds(), place));
  }

  /** Another panel may have chosen a pretraining, a layer, a class or an image, which may be on maps that are still to be read. */
  function follow({ stages }: EmbeddingModel): void {
    if (!known.files?.choice) return;
    const { study, choice } = known.files;
    const news = wanted.take({
      isRead: (source) => source === choice.source,
      isKnown: (source) => stages.some((stage) => imageSource(stage) === source),
      open: (source) => {
        if (channel.view.source === source) return;
        channel.saveView({ source });
        reading.again();
      },
    });
    const part = followEmbedding(study, channel.view, news);
    if (part) channel.saveView(part);
  }
}

function createFrame(parts: Parts, send: Channel['send'], onTab: (tab: EmbeddingTab) => void): AnalysesFrame {
  const { maps, controls, legend, saving, menu, tip } = parts;
  return createAnalysesFrame({
    id: 'embedding-details',
    waiting: 'Reading the maps …',
    nothingYet:
      'There is no map of images yet. Start one with Analyse…, or write an analysis of the kind embedding below `analyses` in the experiment file.',
    ...{ menu: menu.node, controls: controls.node, send },
    pictures: element('section', { class: 'pictures', 'aria-label': 'Maps' }, maps.node),
    ...{ side: [saving.node, legend.node], tip: tip.node },
    onTab: (tab) => onTab(tab as EmbeddingTab),
  });
}

function detailParts({ details, strip }: Parts, shown: Shown, chosen: number): DetailPart[] {
  return [
    {
      ...{ id: 'image', label: 'Image', title: 'The image that is looked at' },
      ...{ node: details.node, draw: () => details.draw(shown) },
    },
    {
      ...{ id: 'chosen', label: `Chosen (${chosen})`, title: 'Images that were drawn around' },
      ...{ node: strip.node, draw: () => strip.draw(shown) },
    },
  ];
}
