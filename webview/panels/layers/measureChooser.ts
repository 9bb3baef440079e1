/** Which measures stand together over one axis of layers: boxes to tick, under headings by kind. */
import type { LayersModel } from '../../../src/shared/protocol/panels/layersPanel';
import { formatNumberOf, metricName } from '../../../src/shared/views/formatNumbers';
import { allMeasures, shownMeasures, type LayersMeasure } from '../../../src/shared/views/layers/layersDepth';
import { createToggle, type Toggle } from '../../ui/choice';
import { element } from '../../ui/element';

export interface MeasureChooser {
  readonly node: HTMLElement;
  draw(model: LayersModel, chosen: readonly string[] | undefined): void;
}

export function createMeasureChooser(onChange: (measures: readonly string[]) => void): MeasureChooser {
  const summary = element('summary');
  const body = element('div', { class: 'measures' });
  const node = element('details', { class: 'measure-chooser' }, summary, body);
  let drawn = '';
  let toggles = new Map<string, Toggle>();
  let shown: readonly string[] = [];
  const turn = (key: string, isOn: boolean): void => {
    const next = isOn ? [...shown, key] : shown.filter((one) => one !== key);
    // Something has to be on screen.
    if (next.length === 0) toggles.get(key)?.draw(true);
    else onChange(next);
  };
  return {
    node,
    draw: (model, chosen) => {
      const all = allMeasures(model);
      shown = shownMeasures(model, chosen).map(({ key }) => key);
      const text = JSON.stringify(all.map(({ key, transfer }) => [key, transfer.group]));
      if (text !== drawn) {
        drawn = text;
        toggles = new Map(
          all.map(({ key, metric }) => [key, createToggle(metricName(metric), (isOn) => turn(key, isOn))]),
        );
        body.replaceChildren(...groupsOf(all).map(([group, measures]) => createGroup(group, measures, toggles)));
      }
      for (const [key, toggle] of toggles) toggle.draw(shown.includes(key));
      summary.textContent = `${shown.length} of ${formatNumberOf(all.length, 'measure')} shown`;
    },
  };
}

function groupsOf(measures: readonly LayersMeasure[]): [string, LayersMeasure[]][] {
  const groups = new Map<string, LayersMeasure[]>();
  for (const measure of measures) {
    const { group } = measure.transfer;
    groups.set(group, [...(groups.get(group) ?? []), measure]);
  }
  return [...groups];
}

/** A heading for the kind, below it a row for each transfer or analysis. */
function createGroup(
  group: string,
  measures: readonly LayersMeasure[],
  toggles: ReadonlyMap<string, Toggle>,
): HTMLElement {
  const sources = [...new Set(measures.map(({ transfer }) => transfer))];
  const rows = sources.map(({ id, about }) => {
    const own = measures.filter(({ transfer }) => transfer.id === id);
    const name = element('span', { class: 'quiet measure-source', title: about }, id);
    return element('div', { class: 'measure-row' }, name, ...own.map(({ key }) => toggles.get(key)!.node));
  });
  return element('fieldset', { class: 'measure-group' }, element('legend', {}, group), ...rows);
}
