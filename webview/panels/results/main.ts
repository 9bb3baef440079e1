/** The Results view: which parts it has and in what order. What each shows comes ready from the host. */
import type {
  ResultsIntent,
  ResultsModel,
  ResultsView,
  ShownResults,
} from '../../../src/shared/protocol/panels/resultsPanel';
import { createAnnouncer } from '../../ui/announce';
import { openChannel, type PanelDrawing } from '../../ui/channel';
import { registerControls } from '../../ui/controls';
import { element, panelRoot } from '../../ui/element';
import { createEmptyState } from './emptyState';
import { createFindings } from './findings';
import { createGrid } from './grid';
import { createHeader } from './header';
import { createLiveList } from './liveList';
import type { ResultsChannel } from './part';

const defaults: ResultsView = {
  cursor: { pretraining: '', transfer: '' },
  scroll: { top: 0, left: 0 },
  isFindingsOpen: true,
  showsCosts: false,
};

function createDrawing(channel: ResultsChannel): PanelDrawing<ResultsModel> {
  const root = panelRoot();
  const announce = createAnnouncer();
  const parts = [createHeader, createLiveList, createGrid, createFindings].map((create) => create(channel));
  const shown = element('div', { class: 'results' }, ...parts.map(({ node }) => node));
  const empty = createEmptyState(channel);
  const failed = element('p', { class: 'problem', role: 'alert' });
  const loading = element('p', { class: 'empty' }, 'Reading results …');
  const show = (node: HTMLElement): void => {
    if (node.parentNode !== root) root.replaceChildren(node);
  };
  show(loading);
  const keepScroll = followScroll(channel);
  return {
    draw: (model) => {
      if (model.kind === 'empty') return show(empty);
      show(shown);
      for (const part of parts) part.draw(model);
      keepScroll();
      announce(describe(model));
    },
    fail: (message) => {
      failed.textContent = `Results cannot be shown: ${message}`;
      show(failed);
    },
  };
}

/** What is worth interrupting for: how the run stands, not how far it is. */
function describe({ name, run, stale = '' }: ShownResults): string {
  const state = run.state === 'none' ? 'not run yet' : `${run.run} ${run.state}`;
  return [name, state, run.message ?? '', stale].filter((part) => part !== '').join('. ');
}

const SCROLL_MS = 200;

/** The page is scrolled where it was left, once there is something to scroll. */
function followScroll(channel: ResultsChannel): () => void {
  let isRestored = false;
  let timer: number | undefined;
  window.addEventListener('scroll', () => {
    if (!isRestored) return;
    window.clearTimeout(timer);
    timer = window.setTimeout(
      () => channel.saveView({ scroll: { ...channel.view.scroll, top: Math.round(window.scrollY) } }),
      SCROLL_MS,
    );
  });
  return () => {
    if (isRestored) return;
    isRestored = true;
    window.scrollTo(0, channel.view.scroll.top);
  };
}

registerControls();
openChannel<ResultsModel, ResultsIntent, ResultsView>(defaults, createDrawing);
