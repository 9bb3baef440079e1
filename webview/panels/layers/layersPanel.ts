/** The Layers panel: puts its parts together, keeps the view, and redraws them when model or view change. */
import type { LayersIntent, LayersModel, LayersView } from '../../../src/shared/protocol/panels/layersPanel';
import type { SelectionChange } from '../../../src/shared/protocol/panels/selection';
import { createAnnouncer } from '../../ui/announce';
import type { PanelChannel, PanelDrawing } from '../../ui/channel';
import type { Tab } from '../../ui/tabs';
import { currentLayer } from './layerSlider';
import { createLooking } from './looking';
import { createPage } from './page';
import { composeShown, layersOf, shownCounts, type LayersShown } from './panelState';
import { createParts, type Parts } from './parts';

/** Id of the tab that shows all transfers; ids of experiments have no spaces. */
const ALL = ' all';

export function createLayersPanel(channel: PanelChannel<LayersIntent, LayersView>): PanelDrawing<LayersModel> {
  let model: LayersModel | undefined;
  let shown: LayersShown | undefined;
  const announce = createAnnouncer();
  const looking = createLooking({
    onChange: mark,
    onChoose: (part) => channel.select(forOthers(model, part)),
  });
  const parts = createParts({
    ...{ looking, announce, change, openTransfer, send: channel.send, save: channel.save },
    ...{ model: () => model, shown: () => shown },
  });
  const page = createPage(parts);
  return {
    draw: (next) => {
      model = next;
      redraw();
    },
    follow: (news) => {
      const { transfer } = news;
      if (typeof transfer === 'string' && model?.transfers.some(({ id }) => id === transfer))
        channel.saveView({ transfer });
      looking.follow(news);
      redraw();
    },
    fail: (message) => {
      // What was drawn last stays on screen: it is still what was measured.
      parts.heading.fail(message);
      if (!model) page.fail();
    },
  };

  function change(part: Partial<LayersView>): void {
    channel.saveView(part);
    redraw();
  }

  function openTransfer(id: string, metric?: string): void {
    change(id === ALL ? { isAll: true } : { isAll: false, transfer: id, ...(metric !== undefined && { metric }) });
    announce(id === ALL ? 'All measures' : `${id}: ${parts.sentences.findings.textContent ?? ''}`);
    if (id !== ALL) looking.choose({ transfer: id });
  }

  function redraw(): void {
    if (!model) return;
    shown = composeShown(model, channel.view);
    const hasResults = shown.transfers.length > 0;
    parts.heading.draw(model);
    parts.notes.draw(model.notes);
    page.draw(model, hasResults);
    if (!hasResults) return;
    page.drawContent(shown);
    drawParts(parts, shown);
    mark();
  }

  /** Everything that shows what is looked at. */
  function mark(): void {
    const { charts, table, legend, slider, comparison, likeness } = parts;
    [charts, table, legend, slider, comparison, likeness].forEach((part) => part.mark());
    if (!shown || shown.transfers.length === 0) return;
    const layer = currentLayer(looking, layersOf(shown));
    if (!shown.only) parts.values.draw(shown.depths, layer);
    const counts = shownCounts(shown, layer);
    parts.counts.draw(counts);
    charts.node.hidden = counts !== undefined;
    parts.foretelling.draw(shown, layer);
  }
}

/** All but what the pointer changes. */
function drawParts(
  { tabs, toolbar, chooser, legend, charts, slider, table, ...rest }: Parts,
  shown: LayersShown,
): void {
  const { model, view, depths, only } = shown;
  tabs.draw(tabsOf(model), only?.id ?? ALL);
  tabs.node.hidden = model.transfers.length < 2;
  toolbar.draw(model, only, view);
  chooser.draw(model, view.measures);
  rest.sentences.draw(shown);
  legend.draw(model.pretrainings, new Set(view.hidden));
  charts.draw(view, depths, !only);
  slider.draw(layersOf(shown));
  if (only) table.draw(model, depths[0]!, view.sort);
  rest.saving.draw(!only);
}

/** Other panels know no analyses. */
function forOthers(model: LayersModel | undefined, { transfer, ...rest }: SelectionChange): SelectionChange {
  const isTransfer = model?.transfers.some(({ id, isAnalysis }) => id === transfer && !isAnalysis);
  return { ...rest, ...(isTransfer && { transfer }) };
}

function tabsOf({ transfers }: LayersModel): Tab[] {
  const own = transfers.map(({ id, about, isStale }) => ({
    id,
    label: id,
    title: isStale ? `${about}. Changed in the file since.` : about,
    ...(isStale && { remark: 'changed since' }),
  }));
  return [...own, { id: ALL, label: 'All', title: 'Several measures as small charts over one axis of layers' }];
}
