/** What can be done with a row or a column. */
import { pairKey } from '../../../src/shared/views/compare/compareMarks';
import type { CompareColumn } from '../../../src/shared/views/compare/compareColumns';
import type { CompareTargetPanel, CompareView } from '../../../src/shared/protocol/panels/comparePanel';
import { linkWords } from '../../../src/shared/protocol/panels/links';
import { openMenu, type MenuItem } from '../../ui/menu';
import type { PopupPlace } from '../../ui/popup';
import { openColumnChooser, openValueFilter } from './columnChooser';
import { expandRow } from './grid';
import { toggleBaseline, toggleMark, toggleSamePair } from './marking';
import type { CompareActions, CompareState } from './part';

export interface MenuOfCell {
  readonly row: number;
  /** Undefined in the column of names. */
  readonly column: CompareColumn | undefined;
}

export function openRowMenu(place: PopupPlace, { row, column }: MenuOfCell, actions: CompareActions): void {
  const state = actions.state();
  if (!state) return;
  const name = state.table.nameOf(row);
  const items = [
    ...openItems(state, row, actions),
    ...revealItems(state, { row, column }, actions),
    ...compareItems(state, row, actions),
    ...markItems(state, row, actions),
  ];
  openMenu(place, name, items);
}

function openItems({ model }: CompareState, row: number, { send }: CompareActions): MenuItem[] {
  const { id, kind, noImages, isImported } = model.rows[row]!;
  if (isImported) return [];
  const open = (label: string, panel: CompareTargetPanel, key?: string): MenuItem => ({
    label,
    ...(key !== undefined && { key }),
    run: () => send({ type: 'open', row: id, panel }),
  });
  const hasImages = noImages === undefined;
  const key = kind === 'transfer' ? 'O' : undefined;
  const images = open(linkWords.images, 'images', hasImages ? key : undefined);
  return [
    { ...images, ...(!hasImages && { refusal: noImages }) },
    ...(kind === 'pretraining' ? [] : [open('Open Layers', 'layers', hasImages ? undefined : key)]),
    open('Open Run', 'run'),
    open('Open Report', 'report'),
  ];
}

function revealItems({ model }: CompareState, { row, column }: MenuOfCell, { send }: CompareActions): MenuItem[] {
  const { id, measure, pretraining, isImported } = model.rows[row]!;
  if (isImported) return [];
  const field = column?.group === 'Settings' ? column.id : undefined;
  const isOfPretraining = field?.startsWith('pretraining') ?? false;
  const isInFile = field !== undefined && /^(transfer|pretraining|pretrainingData|data|backbone)\./.test(field);
  const setting: MenuItem[] = isInFile
    ? [
        {
          label: `${linkWords.experiment}: ${field.slice(field.indexOf('.') + 1)}`,
          run: () => send({ type: 'reveal', row: id, of: isOfPretraining ? 'pretraining' : 'measure', field }),
        },
      ]
    : [];
  const first = setting.length === 0;
  return [
    ...setting.map((item) => ({ ...item, isFirst: true })),
    ...(measure === ''
      ? []
      : [
          {
            label: linkWords.experiment,
            isFirst: first,
            run: () => send({ type: 'reveal', row: id, of: 'measure' as const }),
          },
        ]),
    {
      label: measure === '' ? linkWords.experiment : `${linkWords.experiment}: ${pretraining}`,
      isFirst: first && measure === '',
      run: () => send({ type: 'reveal', row: id, of: 'pretraining' }),
    },
    { label: 'New Experiment from This Row', run: () => send({ type: 'apply', row: id }) },
  ];
}

function compareItems(state: CompareState, row: number, actions: CompareActions): MenuItem[] {
  const { table, model } = state;
  const { against, baseline, comparisons } = table;
  const items: MenuItem[] = [
    {
      label: 'Baseline',
      key: 'B',
      isOn: baseline === row,
      isFirst: true,
      run: () => toggleBaseline(actions, row),
    },
  ];
  if (against === undefined || against === row) return items;
  const pair = pairKey([model.rows[row]!.id, model.rows[against]!.id]);
  const isSame = model.marks.same.pairs.some((one) => pairKey(one) === pair);
  const isUnfair = (comparisons?.[row]?.unfair.length ?? 0) > 0;
  if (isSame || isUnfair)
    items.push({
      label: `Compare with ${table.nameOf(against)} all the Same`,
      isOn: isSame,
      run: () => toggleSamePair(actions, row, !isSame),
    });
  return items;
}

function markItems({ table, model, view }: CompareState, row: number, actions: CompareActions): MenuItem[] {
  const { star, pin, hidden } = table.marksOf(row);
  const { id, seeds } = model.rows[row]!;
  const ask = (what: 'name' | 'note' | 'tags') => () => actions.send({ type: 'ask', row: id, what });
  const isOpen = view.expanded.includes(id);
  return [
    { label: 'Star', key: 'S', isOn: star === true, isFirst: true, run: () => toggleMark(actions, row, 'star') },
    { label: 'Pin on Top', key: 'P', isOn: pin === true, run: () => toggleMark(actions, row, 'pin') },
    { label: 'Hide', key: 'H', isOn: hidden === true, run: () => toggleMark(actions, row, 'hidden') },
    { label: 'Rename…', key: 'F2', run: ask('name') },
    { label: 'Note…', key: 'N', run: ask('note') },
    { label: 'Tags…', key: 'T', run: ask('tags') },
    ...(seeds.length > 1
      ? [{ label: 'Single Seeds', key: 'Space', isOn: isOpen, run: () => expandRow(actions, row) }]
      : []),
  ];
}

const groupOfColumn: Readonly<Record<string, CompareView['group']>> = {
  run: 'run',
  experiment: 'experiment',
  pretraining: 'pretraining',
  measure: 'transfer',
};

export function openColumnMenu(place: PopupPlace, id: string, actions: CompareActions): void {
  const { state, change } = actions;
  const current = state();
  if (!current) return;
  const { view, table } = current;
  const column = table.offered.find((one) => one.id === id);
  const others = view.sort.filter((sort) => sort.column !== id);
  const sortBy = (isDescending: boolean, isMore: boolean) => () =>
    change({ sort: [...(isMore ? others : []), { column: id, isDescending }] });
  const sorted = view.sort.find((sort) => sort.column === id);
  const items: MenuItem[] = [
    { label: 'Sort Upwards', isOn: sorted?.isDescending === false, run: sortBy(false, false) },
    { label: 'Sort Downwards', isOn: sorted?.isDescending === true, run: sortBy(true, false) },
  ];
  if (others.length > 0)
    items.push(
      { label: 'Sort Upwards as Well', run: sortBy(false, true) },
      { label: 'Sort Downwards as Well', run: sortBy(true, true) },
    );
  if (sorted) items.push({ label: 'Do Not Sort by It', run: () => change({ sort: others }) });
  if (column) {
    items.push({ label: 'Filter by Value…', isFirst: true, run: () => openValueFilter(place, actions, id) });
    const group = groupOfColumn[id];
    if (group)
      items.push({
        label: 'Group by It',
        isOn: view.group === group,
        run: () => change({ group: view.group === group ? 'none' : group }),
      });
    items.push(...columnItems(current, id, actions));
  }
  items.push({ label: 'Columns…', isFirst: true, run: () => openColumnChooser(place, actions) });
  openMenu(place, column?.name ?? 'name', items);
}

function columnItems({ view }: CompareState, id: string, { change }: CompareActions): MenuItem[] {
  const { columns, pinnedColumns } = view;
  const isPinned = pinnedColumns.includes(id);
  const at = columns.indexOf(id);
  const move = (by: number) => () => {
    const rest = columns.filter((one) => one !== id);
    change({ columns: [...rest.slice(0, at + by), id, ...rest.slice(at + by)] });
  };
  return [
    {
      label: 'Pin at the Left',
      isOn: isPinned,
      isFirst: true,
      run: () =>
        change({ pinnedColumns: isPinned ? pinnedColumns.filter((one) => one !== id) : [...pinnedColumns, id] }),
    },
    ...(at > 0 ? [{ label: 'Move Left', run: move(-1) }] : []),
    ...(at >= 0 && at < columns.length - 1 ? [{ label: 'Move Right', run: move(1) }] : []),
    ...(at >= 0 ? [{ label: 'Hide Column', run: () => change({ columns: columns.filter((one) => one !== id) }) }] : []),
  ];
}
