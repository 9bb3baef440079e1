/** The Layers panel: puts its parts together, keeps the view, and redraws them when model or view change. */
import type {
  LayersIntent,
  LayersModel,
  LayersTransfer,
  LayersView,
} from '../../../src/shared/protocol/panels/layersPanel';
import { formatNumberOf } from '../../../src/shared/views/formatNumbers';
import type { LayersDepth } from '../../../src/shared/views/layers/layersDepth';
import { countAxes, selectCounts, type LayersCounts } from '../../../src/shared/views/layers/layersCounts';
import { describeForetelling } from '../../../src/shared/views/layers/layersForetelling';
import { describeDepths } from '../../../src/shared/views/layers/layersFindings';
import { createAnnouncer } from '../../ui/announce';
import type { PanelChannel, PanelDrawing } from '../../ui/channel';
import { element, keepChildren, panelRoot } from '../../ui/element';
import type { Links } from '../../ui/linkMenu';
import { createTabs } from '../../ui/tabs';
import type { SelectionChange } from '../../../src/shared/protocol/panels/selection';
import { createChartArea, sharedPlaces } from './chartArea';
import { createComparisonPart } from './comparisonPart';
import { createCountsPart } from './countsPart';
import { createDepthTable, tableUnit } from './depthTable';
import { createSaving } from './saving';
import { createHeading } from './heading';
import { createLayerSlider, currentLayer } from './layerSlider';
import { createLayerValues } from './layerValues';
import { createLegend } from './legend';
import { createLikenessPart } from './likenessPart';
import { createLooking } from './looking';
import { createMeasureChooser } from './measureChooser';
import { isTogether, shownDepths, shownTransfers } from './panelState';
import { createToolbar } from './toolbar';

/** Id of the tab that shows all transfers; ids of experiments have no spaces. */
const ALL = ' all';
const CONTENT = 'layers-content';

export function createLayersPanel(channel: PanelChannel<LayersIntent, LayersView>): PanelDrawing<LayersModel> {
  const root = panelRoot();
  const announce = createAnnouncer();
  let model: LayersModel | undefined;
  let depths: readonly LayersDepth[] = [];
  /** How many models were drawn. */
  let drawings = 0;

  const change = (part: Partial<LayersView>): void => {
    channel.saveView(part);
    redraw();
  };
  const openTransfer = (id: string, metric?: string): void => {
    change(id === ALL ? { isAll: true } : { isAll: false, transfer: id, ...(metric !== undefined && { metric }) });
    announce(id === ALL ? 'All measures' : `${id}: ${findings.textContent ?? ''}`);
    if (id !== ALL) looking.choose({ transfer: id });
  };
  const looking = createLooking({
    onChange: mark,
    onChoose: (part) => channel.select(forOthers(part)),
  });
  const reveal = (entry?: string): void => {
    if (model?.hasFile) channel.send(entry === undefined ? { type: 'openFile' } : { type: 'showInExperiment', entry });
  };
  /** Of a number of the table or a point of a chart. */
  const linksOf = (pretraining: string | undefined, measure: string): Links | undefined => {
    if (!model || pretraining === undefined) return undefined;
    const of = { pretraining, measure };
    const known = model.imageless.find((one) => one.pretraining === pretraining && one.measure === measure);
    const show = (entry: string) => () => channel.send({ type: 'showInExperiment', entry });
    return {
      name: `${pretraining}, ${measure}`,
      images: known?.reason ?? (() => channel.send({ type: 'showImages', of })),
      entries: [{ show: show(measure) }, { words: pretraining, show: show(pretraining) }],
    };
  };
  const heading = createHeading(reveal, channel.send);
  const tabs = createTabs('Transfers', CONTENT, openTransfer);
  const toolbar = createToolbar(change);
  const chooser = createMeasureChooser((measures) => change({ measures }));
  const slider = createLayerSlider(looking);
  const values = createLayerValues();
  const comparison = createComparisonPart(looking, (pair) => change({ pair }));
  const likeness = createLikenessPart(looking);
  const findings = element('ul', { class: 'findings' });
  const about = element('p', { class: 'quiet about' });
  const legend = createLegend(looking, (hidden) => change({ hidden }));
  const counts = createCountsPart();
  const charts = createChartArea({ looking, announce, linksOf, onOpen: openTransfer });
  const table = createDepthTable({
    looking,
    onReveal: reveal,
    linksOf,
    onSort: (sort) => {
      change({ sort });
      const order = sort.isDescending ? 'from high to low' : 'from low to high';
      announce(sort.column === '' ? 'Sorted by name' : `Sorted by ${sort.column}, ${order}`);
    },
  });
  const unit = element('p', { class: 'quiet note' });
  const current = () => (model ? { model, view: channel.view, depths, pictures: shownPictures() } : undefined);
  const shownPictures = (): readonly SVGSVGElement[] => {
    const counted = counts.picture();
    return counted ? [counted] : charts.pictures();
  };
  const saving = createSaving({ current, save: channel.save });
  const foretold = element('ul', { class: 'readings', 'aria-label': 'Against transfers' });
  const chartPart = element(
    'section',
    { class: 'chart-part', 'aria-label': 'Chart' },
    saving.chart,
    legend.node,
    charts.node,
    counts.node,
    slider.node,
    foretold,
  );
  const tablePart = element('section', { class: 'table-part', 'aria-label': 'Table' });
  const readings = element('ul', { class: 'readings quiet' });
  const columns = element('div', { class: 'columns' });
  const content = element('div', { id: CONTENT, role: 'tabpanel' });
  const notes = element('ul');
  const noteCount = element('summary');
  const details = element('details', { class: 'notes' }, noteCount, notes);
  const empty = element('p', { class: 'empty' }, 'Reading the run …');
  root.append(heading.node, empty);

  return {
    draw: (next) => {
      model = next;
      drawings++;
      redraw();
    },
    follow,
    fail: (message) => {
      // What was drawn last stays on screen: it is still what was measured.
      heading.fail(message);
      if (!model) empty.textContent = '';
    },
  };

  function follow(news: SelectionChange): void {
    const { transfer } = news;
    if (typeof transfer === 'string' && model?.transfers.some(({ id }) => id === transfer))
      channel.saveView({ transfer });
    looking.follow(news);
    redraw();
  }

  function redraw(): void {
    if (!model) return;
    const { view } = channel;
    const shown = shownTransfers(model, view);
    depths = shownDepths(model, view);
    heading.draw(model);
    drawPlace(model, shown.length > 0);
    if (shown.length === 0) return;
    const isAll = isTogether(model, view);
    const only = isAll ? undefined : shown[0]!;
    drawParts(model, view, only);
    tabs.draw(tabsOf(model), isAll ? ALL : shown[0]!.id);
    tabs.node.hidden = model.transfers.length < 2;
    toolbar.draw(model, only, view);
    chooser.draw(model, view.measures);
    drawList(findings, isAll ? transfersOf(model, depths).map(firstFinding) : describeDepths(depths[0]!));
    about.textContent = only ? `${only.about}.` : '';
    about.hidden = isAll;
    drawList(
      readings,
      isAll ? shown.filter((one) => one.isAnalysis).map(({ id, about: how }) => `${id}: ${how}.`) : [],
    );
    legend.draw(model.pretrainings, new Set(view.hidden));
    columns.classList.toggle('is-all', isAll);
    charts.draw(view, depths, isAll);
    slider.draw(layersOnScreen());
    if (!isAll) table.draw(model, depths[0]!, view.sort);
    unit.textContent = isAll ? '' : `${tableUnit(depths[0]!)}; ${describeInterval(model, depths[0]!)}`;
    saving.draw(isAll);
    noteCount.textContent = formatNumberOf(model.notes.length, 'note');
    details.hidden = model.notes.length === 0;
    drawList(notes, model.notes);
    mark();
  }

  /** What stands in the page, and the drawings that only some analyses have. */
  function drawParts({ comparisons, likenesses, pretrainings }: LayersModel, view: LayersView, only?: LayersTransfer) {
    const compared = comparisons.find(({ id }) => id === only?.id);
    const counted = likenesses.find(({ id }) => id === only?.id);
    const own = [...(compared ? [comparison.node] : []), ...(counted ? [likeness.node] : [])];
    const choosing = only ? [] : [chooser.node];
    keepChildren(content, [about, findings, ...choosing, toolbar.node, columns, readings]);
    keepChildren(columns, [chartPart, only ? tablePart : values.node]);
    keepChildren(tablePart, [...own, saving.table, table.node, unit]);
    comparison.draw(compared, view.pair);
    const visible = pretrainings.filter(({ id }) => !view.hidden.includes(id));
    likeness.draw(counted, visible);
  }

  /** Everything that shows what is looked at. */
  function mark(): void {
    [charts, table, legend, slider, comparison, likeness].forEach((part) => part.mark());
    if (!model) return;
    const layer = currentLayer(looking, layersOnScreen());
    const isAll = isTogether(model, channel.view);
    if (isAll) values.draw(depths, layer);
    const counted = isAll ? undefined : countsAt(layer);
    counts.draw(counted);
    charts.node.hidden = counted !== undefined;
    drawForetelling(isAll ? undefined : depths[0], layer);
  }

  /** Across labels or steps, where the user wants that and the transfer has it. */
  function countsAt(layer: string | undefined): LayersCounts | undefined {
    const { axis, hidden } = channel.view;
    const transfer = model?.transfers.find(({ id }) => id === depths[0]?.transfer);
    if (!model || !transfer || axis === 'layer' || axis === 'depth') return undefined;
    if (!countAxes(model, transfer).includes(axis)) return undefined;
    return selectCounts(model, transfer, { axis, metric: depths[0]!.metric, layer, hidden: new Set(hidden) });
  }

  /** Resampling takes milliseconds, which a pointer that moves would make many of. */
  function drawForetelling(depth: LayersDepth | undefined, layer: string | undefined): void {
    const source = model?.transfers.find(({ id }) => id === depth?.transfer);
    const what = JSON.stringify([source?.id, depth?.metric, layer, drawings]);
    if (foretold.dataset.of === what) return;
    foretold.dataset.of = what;
    const lines =
      model && source && depth && layer !== undefined
        ? describeForetelling(model, { source, metric: depth.metric, layer })
        : [];
    drawList(foretold, lines);
  }

  /** In depth order; of equal depth, in the order they are listed. */
  function layersOnScreen(): string[] {
    return sharedPlaces(depths).map(({ layer }) => layer);
  }

  /** Other panels know no analyses. */
  function forOthers({ transfer, ...rest }: SelectionChange): SelectionChange {
    const isTransfer = model?.transfers.some(({ id, isAnalysis }) => id === transfer && !isAnalysis);
    return { ...rest, ...(isTransfer && { transfer }) };
  }

  /** Parts are put in and taken out, not made anew. */
  function drawPlace(now: LayersModel, hasResults: boolean): void {
    const parts = hasResults ? [heading.node, tabs.node, content, details] : [heading.node, empty, details];
    if (!hasResults) empty.textContent = describeEmpty(now);
    keepChildren(root, parts);
    if (!hasResults) {
      noteCount.textContent = formatNumberOf(now.notes.length, 'note');
      details.hidden = now.notes.length === 0;
      drawList(notes, now.notes);
    }
  }
}

function tabsOf({ transfers }: LayersModel): { id: string; label: string; title: string; remark?: string }[] {
  const own = transfers.map(({ id, about, isStale }) => ({
    id,
    label: id,
    title: isStale ? `${about}. Changed in the file since.` : about,
    ...(isStale && { remark: 'changed since' }),
  }));
  return [...own, { id: ALL, label: 'All', title: 'Several measures as small charts over one axis of layers' }];
}

/** What analyses say is for their own tabs. */
function transfersOf({ transfers }: LayersModel, depths: readonly LayersDepth[]): LayersDepth[] {
  const analyses = new Set(transfers.filter(({ isAnalysis }) => isAnalysis).map(({ id }) => id));
  return depths.filter(({ transfer }) => !analyses.has(transfer));
}

function firstFinding(depth: LayersDepth): string {
  const [first = 'nothing measured yet.'] = describeDepths(depth);
  return `${depth.transfer}: ${first}`;
}

function describeEmpty({ isUnderWay, total }: LayersModel): string {
  if (total === 0) return 'This run has no transfers, so there is nothing to draw by layer.';
  if (isUnderWay) return 'No transfer has been measured yet. Results show here as they come.';
  return 'No transfer of this run was measured. Resume it, or run the experiment again.';
}

function describeInterval({ seeds }: LayersModel, { baseline, series, isNeutral }: LayersDepth): string {
  if (seeds.length < 2) return 'one seed, so there is no interval.';
  const what = baseline === undefined ? 'mean' : `mean difference to ${baseline}, paired by seed,`;
  const [up, down] = isNeutral ? ['higher', 'lower'] : ['better', 'worse'];
  const marks = baseline === undefined ? '' : ` ▲ ${up}, ▼ ${down}, ? too close to tell.`;
  const best = isNeutral ? '' : ' The best of each layer is bold.';
  const isFew = series.some(({ points }) => points.some((point) => point && point.n < seeds.length));
  const few = isFew ? ' * fewer seeds than the run has.' : '';
  return `${what} ± 95 % interval over ${seeds.length} seeds.${best}${marks}${few}`;
}

function drawList(list: HTMLElement, sentences: readonly string[]): void {
  if (JSON.stringify(sentences) === list.dataset.drawn) return;
  list.dataset.drawn = JSON.stringify(sentences);
  list.replaceChildren(...sentences.map((sentence) => element('li', {}, sentence)));
}
