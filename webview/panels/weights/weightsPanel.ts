/** The Weights panel: puts its parts together, keeps the view, takes in what comes, and redraws when anything changes. */
import type {
  WeightsColumn,
  WeightsIntent,
  WeightsModel,
  WeightsNews,
  WeightsView,
} from '../../../src/shared/protocol/panels/weightsPanel';
import type { SelectionChange } from '../../../src/shared/protocol/panels/selection';
import { formatNumberOf } from '../../../src/shared/views/formatNumbers';
import {
  addNews,
  countFates,
  countMeasured,
  describeRow,
  findBadTensors,
  noRows,
  renderWeightsCsv,
  selectRows,
  type WeightsRows,
} from '../../../src/shared/views/weights/weightsRows';
import { layerAt, tensorOfLayer } from '../../../src/shared/views/weights/followWeights';
import { createAnnouncer } from '../../ui/announce';
import type { PanelChannel, PanelDrawing } from '../../ui/channel';
import { element, panelRoot } from '../../ui/element';
import { renderSvg } from '../../ui/picture';
import { createRowList, type RowList } from '../../ui/rowList';
import { tensorColumns } from './columns';
import { createDetail } from './detail';
import { createHeading, type Heading } from './heading';
import { describeSorting, nextSorting } from './sorting';
import { createToolbar, type Toolbar } from './toolbar';

type Channel = PanelChannel<WeightsIntent, WeightsView>;

/** Time between two drawings of what comes in, ms: sorting very many rows takes a while. */
const usualPause = 100;
const longPause = 500;
const manyRows = 20_000;

export function createWeightsPanel(channel: Channel): PanelDrawing<WeightsModel> {
  return new WeightsPanel(channel);
}

class WeightsPanel implements PanelDrawing<WeightsModel> {
  private readonly announce = createAnnouncer();
  private readonly heading: Heading;
  private readonly toolbar: Toolbar;
  private readonly list: RowList<WeightsColumn>;
  private readonly empty = element('p', { class: 'empty' }, 'No tensor passes the filter.');
  private readonly detail = createDetail();
  private readonly content: HTMLElement;
  private model: WeightsModel | undefined;
  /** As it came in, and what of it is drawn. */
  private heard = noRows;
  private rows = noRows;
  private places: readonly number[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private hasAsked = false;

  constructor(private readonly channel: Channel) {
    const root = panelRoot();
    this.heading = createHeading({
      send: channel.send,
      onBackbone: (backbone) => {
        channel.saveView({ backbone });
        channel.send({ type: 'chooseBackbone', backbone });
      },
    });
    this.toolbar = createToolbar({
      ...{ change: (part) => this.change(part), send: channel.send },
      ...{ saveTable: () => this.saveTable(), saveChart: () => this.saveChart() },
    });
    this.list = createRowList<WeightsColumn>({
      ...{ label: 'Tensors', name: 'tensor' },
      onChoose: (chosen) => this.choose(chosen),
      onSort: (column) => this.sortBy(column),
    });
    const listPart = element('div', { class: 'list-part' }, this.list.node, this.empty);
    const columns = element('div', { class: 'columns' }, listPart, this.detail.node);
    this.content = element('div', { class: 'content' }, this.toolbar.node, columns);
    this.content.hidden = true;
    root.append(this.heading.node, this.content);
  }

  draw(next: WeightsModel): void {
    const before = this.model?.state;
    this.model = next;
    this.askOnce(next);
    if (before !== undefined && before !== next.state && next.state === 'done')
      this.announce('All tensors are measured.');
    this.redraw();
  }

  hear(news: unknown): void {
    this.heard = addNews(this.heard, news as WeightsNews);
    this.timer ??= setTimeout(
      () => {
        this.timer = undefined;
        this.redraw();
      },
      this.heard.tensors.length > manyRows ? longPause : usualPause,
    );
  }

  follow({ layer }: SelectionChange): void {
    if (!layer) return;
    const { chosen: now } = this.channel.view;
    const chosen = tensorOfLayer(this.rows.tensors, this.places, { layer, chosen: now });
    if (chosen === undefined) return;
    this.change({ chosen });
    this.list.reveal();
  }

  fail(message: string): void {
    this.heading.fail(message);
  }

  /** A page that was restored has chosen a backbone before. */
  private askOnce({ backbone }: WeightsModel): void {
    const { view } = this.channel;
    if (!this.hasAsked && view.backbone !== backbone)
      this.channel.send({ type: 'chooseBackbone', backbone: view.backbone });
    this.hasAsked = true;
  }

  private change(part: Partial<WeightsView>): void {
    this.channel.saveView(part);
    this.redraw();
  }

  private choose(chosen: number): void {
    this.change({ chosen });
    const layer = layerAt(this.rows.tensors, chosen, this.model?.layers ?? []);
    if (layer !== undefined) this.channel.select({ layer });
    this.announce(describe(this.rows, chosen, [', ', ' ']));
  }

  private sortBy(column: WeightsColumn): void {
    const next = nextSorting(this.channel.view, column);
    this.change(next);
    this.announce(describeSorting(next));
  }

  private redraw(): void {
    const { model, heading, content } = this;
    if (!model) return;
    const { view } = this.channel;
    const rows = (this.rows = this.heard);
    this.places = selectRows(rows, view);
    heading.draw(model, [...findBadTensors(rows), ...model.warnings]);
    heading.progress(model, countMeasured(rows));
    content.hidden = rows.tensors.length === 0;
    if (content.hidden) return;
    const counts = { fates: countFates(rows), all: rows.tensors.length, shown: this.places.length };
    this.toolbar.draw(model, view, counts);
    this.drawList(rows, model.other !== undefined);
    this.detail.draw(rows, view.chosen, view.isLog);
  }

  /** The list paints when it likes, also while it is hidden: with the rows that its places are of. */
  private drawList(rows: WeightsRows, isCompared: boolean): void {
    const { list, places } = this;
    const { chosen, sort, isDescending, isLog } = this.channel.view;
    list.node.hidden = places.length === 0;
    this.empty.hidden = places.length > 0;
    list.node.classList.toggle('is-compared', isCompared);
    list.draw({
      ...{ places, chosen, sort, isDescending },
      columns: tensorColumns(rows, { isCompared, isLog }),
      mark: (place) => rows.tensors[place]!.fate,
      title: (place) => describe(rows, place, ['\n', ': ']),
    });
  }

  private saveTable(): void {
    if (!this.model) return;
    const { name, other } = this.model;
    const content = renderWeightsCsv(this.rows, this.places, other !== undefined);
    this.channel.save({ name: `${name}-tensors.csv`, encoding: 'utf8', content });
    this.announce(`${formatNumberOf(this.places.length, 'row')} to be saved.`);
  }

  private saveChart(): void {
    const picture = this.detail.picture();
    const { chosen: place } = this.channel.view;
    const chosen = place === undefined ? undefined : this.rows.tensors[place];
    if (!picture || !chosen) return this.announce('Choose a tensor first.');
    this.channel.save({ name: `${chosen.name}-histogram.svg`, encoding: 'utf8', content: renderSvg(picture) });
  }
}

function describe(rows: WeightsRows, place: number, [between, colon]: readonly [string, string]): string {
  return describeRow(rows, place)
    .map(({ label, value }) => `${label}${colon}${value}`)
    .join(between);
}
