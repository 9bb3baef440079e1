/** What the panel says in words: findings, what is measured and how, and what the figures of the table are. */
import type { LayersModel } from '../../../src/shared/protocol/panels/layersPanel';
import type { LayersDepth } from '../../../src/shared/views/layers/layersDepth';
import { describeDepths } from '../../../src/shared/views/layers/layersFindings';
import { element } from '../../ui/element';
import { tableUnit } from './depthTable';
import { drawList } from '../../ui/drawList';
import type { LayersShown } from './panelState';

export interface Sentences {
  readonly findings: HTMLElement;
  readonly about: HTMLElement;
  readonly readings: HTMLElement;
  /** Below the table. */
  readonly unit: HTMLElement;
  draw(shown: LayersShown): void;
}

export function createSentences(): Sentences {
  const findings = element('ul', { class: 'findings' });
  const about = element('p', { class: 'quiet about' });
  const readings = element('ul', { class: 'readings quiet' });
  const unit = element('p', { class: 'quiet note' });
  return {
    ...{ findings, about, readings, unit },
    draw: ({ model, depths, transfers, only }) => {
      const first = depths[0]!;
      const isAll = only === undefined;
      drawList(findings, isAll ? transfersOf(model, depths).map(firstFinding) : describeDepths(first));
      about.textContent = isAll ? '' : `${only.about}.`;
      about.hidden = isAll;
      const analyses = isAll ? transfers.filter((one) => one.isAnalysis) : [];
      drawList(
        readings,
        analyses.map(({ id, about: how }) => `${id}: ${how}.`),
      );
      unit.textContent = isAll ? '' : `${tableUnit(first)}; ${describeInterval(model, first)}`;
    },
  };
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
