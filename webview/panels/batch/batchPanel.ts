/** The Batch panel: puts its parts together, keeps the view, takes in each update that is told, and follows other panels. */
import type {
  BatchIntent,
  BatchModel,
  BatchNews,
  BatchTab,
  BatchView,
} from '../../../src/shared/protocol/panels/batchPanel';
import type { SelectionChange } from '../../../src/shared/protocol/panels/selection';
import { describeStep } from '../../../src/shared/views/batch/batchPanel';
import { addBatchNews, comparedStep, noSteps, shownStep } from '../../../src/shared/views/batch/batchSteps';
import { followBatch } from '../../../src/shared/views/batch/followBatch';
import { formatFigure } from '../../../src/shared/views/batch/formatFigures';
import { formatCount } from '../../../src/shared/views/formatNumbers';
import { createAnnouncer } from '../../ui/announce';
import type { PanelChannel, PanelDrawing } from '../../ui/channel';
import { element, panelRoot } from '../../ui/element';
import { createTabs } from '../../ui/tabs';
import { createFindings } from './findings';
import { createHeading } from './heading';
import { createImagesTab } from './imagesTab';
import { createLayersTab } from './layersTab';
import { createLosses } from './losses';
import { createParametersTab } from './parametersTab';
import type { BatchActions, BatchShown, Part } from './part';

const BODY = 'batch-body';
const introductions: Readonly<Partial<Record<BatchModel['state'], string>>> = {
  idle: 'Start makes one update of this stage and shows it from inside: images, layers, gradients, losses and what was matched. Nothing of it is kept in a run.',
  opening: 'The first update is being made ready; on a processor this can take a minute.',
  stepping: 'The first update is being computed.',
};

export function createBatchPanel(channel: PanelChannel<BatchIntent, BatchView>): PanelDrawing<BatchModel> {
  const root = panelRoot();
  const announce = createAnnouncer();
  let model: BatchModel | undefined;
  let steps = noSteps;
  /** Chosen in other panels, and not looked for here yet. */
  let wanted: SelectionChange = {};
  const actions: BatchActions = {
    change: (part) => {
      channel.saveView(part);
      redraw();
    },
    send: channel.send,
    select: channel.select,
    announce,
    save: channel.save,
  };
  const heading = createHeading(actions);
  const intro = element('p', { class: 'empty' });
  const findings = createFindings(actions);
  const losses = createLosses();
  const tabs = createTabs('What is shown', BODY, (tab) => actions.change({ tab: tab as BatchTab }));
  const parts: Readonly<Record<BatchTab, Part>> = {
    images: createImagesTab(actions),
    layers: createLayersTab(actions),
    parameters: createParametersTab(actions),
  };
  const nodes = Object.values(parts).map(({ node }) => node);
  const body = element('div', { id: BODY, role: 'tabpanel', class: 'body' }, ...nodes);
  const content = element('div', { class: 'content', hidden: true }, findings.node, losses.node, tabs.node, body);
  root.append(heading.node, intro, content);
  return {
    draw: (next) => {
      if (model && model.state !== next.state && next.state === 'ended') announce(next.message ?? 'Ended.');
      model = next;
      redraw();
    },
    follow: (news) => {
      wanted = { ...wanted, ...news };
      redraw();
    },
    hear: (news) => {
      const said = news as BatchNews;
      steps = addBatchNews(steps, said);
      if (said.kind === 'inspected') {
        // What is new is looked at.
        channel.saveView({ step: undefined });
        announceStep(said);
      }
      redraw();
    },
    fail: (message) => heading.fail(message),
  };

  function announceStep({ inspection }: Extract<BatchNews, { kind: 'inspected' }>): void {
    if (!model?.session) return;
    const { losses: terms, findings: found, step } = inspection;
    const loss = terms[0] ? `, loss ${formatFigure(terms[0].value)}` : '';
    announce(`${describeStep(model.session, step)}${loss}. ${found[0]?.message ?? 'Nothing suspicious.'}`);
  }

  /** A layer or an image may have been chosen before the update came that has it. */
  function follow(): void {
    const inspection = shownStep(steps, channel.view.step);
    if (!model?.session || !inspection) return;
    const part = followBatch({ session: model.session, inspection, view: channel.view }, wanted);
    wanted = {};
    if (Object.keys(part).length > 0) channel.saveView(part);
  }

  function redraw(): void {
    if (!model) return;
    follow();
    const { view } = channel;
    heading.draw(model, steps, view);
    const inspection = model.session && shownStep(steps, view.step);
    intro.hidden = inspection !== undefined || introductions[model.state] === undefined;
    intro.textContent = introductions[model.state] ?? '';
    content.hidden = !inspection;
    if (!inspection || !model.session) return;
    const shown: BatchShown = {
      model,
      session: model.session,
      view,
      steps,
      inspection,
      first: comparedStep(steps, inspection),
    };
    findings.draw(shown);
    losses.draw(shown);
    drawTabs(shown);
  }

  function drawTabs(shown: BatchShown): void {
    const { images, layers, parameters } = shown.inspection;
    const counts = { images: images.length, layers: layers.length, parameters: parameters.length };
    const labels = { images: 'Images', layers: 'Layers', parameters: 'Parameters' };
    const titles = {
      images: 'Images as the network sees them, and what they were matched to',
      layers: 'Outputs and gradients of each layer',
      parameters: 'Weights, their gradients and how far they moved',
    };
    const ids = (Object.keys(labels) as BatchTab[]).filter((id) => counts[id] > 0);
    const tab = ids.includes(shown.view.tab) ? shown.view.tab : ids[0];
    tabs.draw(
      ids.map((id) => ({ id, label: `${labels[id]} (${formatCount(counts[id])})`, title: titles[id] })),
      tab ?? '',
    );
    for (const [id, { node }] of Object.entries(parts)) node.hidden = id !== tab;
    if (tab) parts[tab].draw(shown);
  }
}
