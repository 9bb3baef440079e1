/** The Weights panel: puts its parts together, keeps the view, takes in what comes, and redraws when anything changes. */
import type {
  WeightsColumn,
  WeightsIntent,
  WeightsModel,
  WeightsNews,
  WeightsView,
} from '../../../src/shared/protocol/panels/weightsPanel';
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
import { createRowList } from '../../ui/rowList';
import { tensorColumns } from './columns';
import { createDetail } from './detail';
import { createHeading } from './heading';
import { createToolbar } from './toolbar';

/** Time between two drawings of what comes in, ms: sorting very many rows takes a while. */
const usualPause = 100;
const longPause = 500;
const manyRows = 20_000;

export function createWeightsPanel(channel: PanelChannel<WeightsIntent, WeightsView>): PanelDrawing<WeightsModel> {
  const root = panelRoot();
  const announce = createAnnouncer();
  let model: WeightsModel | undefined;
  /** As it came in, and what of it is drawn. */
  let heard = noRows;
  let rows = noRows;
  let places: readonly number[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let hasAsked = false;

  const change = (part: Partial<WeightsView>): void => {
    channel.saveView(part);
    redraw();
  };
  const heading = createHeading({
    send: channel.send,
    onBackbone: (backbone) => {
      channel.saveView({ backbone });
      channel.send({ type: 'chooseBackbone', backbone });
    },
  });
  const detail = createDetail();
  const toolbar = createToolbar({ change, send: channel.send, saveTable, saveChart });
  const list = createRowList<WeightsColumn>({
    label: 'Tensors',
    name: 'tensor',
    onChoose: (chosen) => {
      change({ chosen });
      const layer = layerAt(rows.tensors, chosen, model?.layers ?? []);
      if (layer !== undefined) channel.select({ layer });
      announce(describe(rows, chosen, [', ', ' ']));
    },
    onSort: sortBy,
  });
  const empty = element('p', { class: 'empty' }, 'No tensor passes the filter.');
  const columnsNode = element(
    'div',
    { class: 'columns' },
    element('div', { class: 'list-part' }, list.node, empty),
    detail.node,
  );
  const content = element('div', { class: 'content' }, toolbar.node, columnsNode);
  root.append(heading.node, content);
  content.hidden = true;

  return {
    draw: (next) => {
      const before = model?.state;
      model = next;
      askOnce(next);
      if (before !== undefined && before !== next.state && next.state === 'done') announce('All tensors are measured.');
      redraw();
    },
    hear: (news) => {
      heard = addNews(heard, news as WeightsNews);
      timer ??= setTimeout(
        () => {
          timer = undefined;
          redraw();
        },
        heard.tensors.length > manyRows ? longPause : usualPause,
      );
    },
    follow: ({ layer }) => {
      if (!layer) return;
      const chosen = tensorOfLayer(rows.tensors, places, { layer, chosen: channel.view.chosen });
      if (chosen === undefined) return;
      change({ chosen });
      list.reveal();
    },
    fail: (message) => heading.fail(message),
  };

  /** A page that was restored has chosen a backbone before. */
  function askOnce({ backbone }: WeightsModel): void {
    if (!hasAsked && channel.view.backbone !== backbone)
      channel.send({ type: 'chooseBackbone', backbone: channel.view.backbone });
    hasAsked = true;
  }

  function redraw(): void {
    if (!model) return;
    const { view } = channel;
    // The list paints when it likes, also while it is hidden: with the rows that its places are of.
    const drawn = (rows = heard);
    places = selectRows(rows, view);
    heading.draw(model, [...findBadTensors(rows), ...model.warnings]);
    heading.progress(model, countMeasured(rows));
    content.hidden = rows.tensors.length === 0;
    if (content.hidden) return;
    const counts = { fates: countFates(rows), all: rows.tensors.length, shown: places.length };
    toolbar.draw(model, view, counts);
    list.node.hidden = places.length === 0;
    empty.hidden = places.length > 0;
    const isCompared = model.other !== undefined;
    list.node.classList.toggle('is-compared', isCompared);
    list.draw({
      ...{ places, chosen: view.chosen, sort: view.sort, isDescending: view.isDescending },
      columns: tensorColumns(rows, { isCompared, isLog: view.isLog }),
      mark: (place) => drawn.tensors[place]!.fate,
      title: (place) => describe(drawn, place, ['\n', ': ']),
    });
    detail.draw(rows, view.chosen, view.isLog);
  }

  function describe(of: WeightsRows, place: number, [between, colon]: readonly [string, string]): string {
    return describeRow(of, place)
      .map(({ label, value }) => `${label}${colon}${value}`)
      .join(between);
  }

  /** Names from A, numbers from the greatest; pressed again the other way round, and then as in the file. */
  function sortBy(column: WeightsColumn): void {
    const { sort, isDescending } = channel.view;
    const first = column !== 'name';
    const isAgain = sort === column;
    const next: Pick<WeightsView, 'sort' | 'isDescending'> = !isAgain
      ? { sort: column, isDescending: first }
      : isDescending === first
        ? { sort: column, isDescending: !first }
        : { sort: 'file', isDescending: false };
    change(next);
    const order = next.isDescending ? 'from high to low' : 'from low to high';
    announce(next.sort === 'file' ? 'In the order of the file' : `Sorted by ${next.sort}, ${order}`);
  }

  function saveTable(): void {
    if (!model) return;
    const content = renderWeightsCsv(rows, places, model.other !== undefined);
    channel.save({ name: `${model.name}-tensors.csv`, encoding: 'utf8', content });
    announce(`${formatNumberOf(places.length, 'row')} to be saved.`);
  }

  function saveChart(): void {
    const picture = detail.picture();
    const chosen = channel.view.chosen === undefined ? undefined : rows.tensors[channel.view.chosen];
    if (!picture || !chosen) return announce('Choose a tensor first.');
    channel.save({ name: `${chosen.name}-histogram.svg`, encoding: 'utf8', content: renderSvg(picture) });
  }
}
