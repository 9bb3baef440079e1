/** The run panel: header, stages, curves, log and load of one run. Whole models come down; what the user does is kept here. */
import type {
  RunPanelIntent,
  RunPanelLook,
  RunPanelModel,
  RunPanelView,
} from '../../../src/shared/protocol/panels/runPanel';
import { dashOf } from '../../charts/curveChart';
import { seriesLook } from '../../charts/series';
import { createSwitchLegend } from '../../charts/switchLegend';
import { createAnnouncer } from '../../ui/announce';
import { openChannel, type PanelDrawing } from '../../ui/channel';
import { registerControls } from '../../ui/controls';
import { element, panelRoot } from '../../ui/element';
import { createCurveGrid } from './curveGrid';
import { createCurveToolbar } from './curveToolbar';
import { createHeader } from './header';
import { createLoadStrip } from './loadStrip';
import { createLogTail } from './logTail';
import type { RunChannel } from './runChannel';
import { createSection } from './section';
import { createStageList } from './stageList';

const defaults: RunPanelView = {
  look: { pixels: 400, smoothing: 0.6, overlays: [] },
  hidden: [],
  logarithmic: [],
  level: 'info',
  folded: [],
};
/** Zooming asks for finer data at most this often. */
const LOOK_MS = 60;

registerControls();
openChannel<RunPanelModel, RunPanelIntent, RunPanelView>(defaults, createRunPanel);

function createRunPanel(channel: RunChannel): PanelDrawing<RunPanelModel> {
  const root = panelRoot();
  const announce = createAnnouncer();
  const problem = element('p', { class: 'empty', role: 'status' }, 'Reading the run …');
  const body = element('div', { class: 'run-panel', hidden: true });
  root.append(problem, body);
  let model: RunPanelModel | undefined;
  let timer: number | undefined;
  /** The pretraining that is looked at in all panels. */
  let chosen: string | undefined;

  const look = (change: Partial<RunPanelLook>): void => {
    channel.saveView({ look: { ...channel.view.look, ...change } });
    grid.redraw();
    toolbar.update();
    timer ??= window.setTimeout(() => {
      timer = undefined;
      channel.send({ type: 'look', look: channel.view.look });
    }, LOOK_MS);
  };
  const header = createHeader(channel);
  const stages = createStageList({
    onChoose: (shown) => look({ stages: shown }),
    onLook: ({ pretraining, transfer }) => {
      chosen = pretraining;
      mark();
      if (model) channel.select({ run: model.run, pretraining, ...(transfer !== undefined && { transfer }) });
    },
  });
  const mark = (): void => {
    stages.mark(chosen);
    const own = model?.series.filter(({ pretraining }) => pretraining === chosen) ?? [];
    legend.mark(own.map(({ id }) => id));
    grid.mark(chosen);
  };
  const toolbar = createCurveToolbar(channel, look);
  const legend = createSwitchLegend({
    label: 'Legend: switch lines on and off',
    onHide: (hidden) => {
      channel.saveView({ hidden });
      if (model) drawLegend(model);
      grid.redraw();
    },
  });
  const drawLegend = ({ series }: RunPanelModel): void =>
    legend.draw(
      series.map((one) => ({
        id: one.id,
        label: one.label,
        look: { ...seriesLook(one.colour), dash: dashOf(one) },
        title: `${one.label}: click to switch on or off, with Shift to show it alone`,
        isHidden: channel.view.hidden.includes(one.id),
      })),
    );
  const grid = createCurveGrid({ channel, look, announce });
  const load = createLoadStrip();
  const log = createLogTail(channel);
  const curves = element('section', { 'aria-label': 'Curves' }, toolbar.element, legend.node, grid.element);
  body.append(
    header.element,
    createSection(channel, { id: 'stages', title: 'Stages', content: stages.element }),
    curves,
    createSection(channel, { id: 'load', title: 'System load', content: load.element }),
    createSection(channel, { id: 'log', title: 'Log', content: log.element }),
  );
  // Before the panel says that it is ready: the first model is already what was looked at last time.
  channel.send({ type: 'look', look: channel.view.look });

  return {
    draw: (next) => {
      const before = model;
      model = next;
      if (JSON.stringify(next.overlays) !== JSON.stringify(channel.view.look.overlays))
        channel.saveView({ look: { ...channel.view.look, overlays: next.overlays } });
      problem.hidden = true;
      body.hidden = false;
      header.update(next);
      stages.update(next.stages);
      toolbar.update(next);
      drawLegend(next);
      grid.update(next);
      load.update(next.load);
      log.update(next.log);
      mark();
      if (before && before.state !== next.state) announce(`${next.run}: ${next.state}`);
    },
    follow: ({ pretraining }) => {
      if (pretraining === undefined) return;
      // Of another experiment, or of none of its stages: nothing is lifted out.
      chosen = pretraining ?? undefined;
      mark();
    },
    fail: (message) => {
      body.hidden = true;
      problem.hidden = false;
      problem.textContent = message;
    },
  };
}
