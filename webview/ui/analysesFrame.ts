/** The frame of panels of analyses: head, what is under way, how it stands, controls, and pictures beside tabs of details. */
import type { AnalysesModel } from '../../src/shared/protocol/panels/analysesPanel';
import type {
  AnalysisIntent,
  AnalysisStage,
  RevealAnalysisIntent,
} from '../../src/shared/protocol/panels/analysisStart';
import { createAnalysisList } from './analysisList';
import { element, panelRoot } from './element';
import { createStartedList } from './startedList';
import { createTabs, type Tab } from './tabs';

type Model = AnalysesModel<AnalysisStage>;

export interface AnalysesFrameOptions {
  /** Of the element that the tabs change. */
  readonly id: string;
  /** Said until something was read. */
  readonly waiting: string;
  /** Said when there is nothing to read. */
  readonly nothingYet: string;
  readonly menu: HTMLElement;
  readonly controls: HTMLElement;
  readonly pictures: HTMLElement;
  /** Above the tabs. */
  readonly side: readonly HTMLElement[];
  /** Floats over all of it. */
  readonly tip?: HTMLElement;
  readonly send: (intent: AnalysisIntent | RevealAnalysisIntent) => void;
  readonly onTab: (tab: string) => void;
}

/** What a tab opens. */
export interface DetailPart extends Tab {
  readonly node: HTMLElement;
  readonly draw: () => void;
}

export interface FrameState {
  readonly model: Model;
  readonly problems: readonly string[];
  readonly isShown: boolean;
  /** Whether what is shown has pictures. */
  readonly hasPictures: boolean;
}

export interface AnalysesFrame {
  drawHead(model: Model): void;
  /** Which parts are in sight, and what is said where there is nothing to show. */
  drawState(state: FrameState): void;
  /** The parts' tabs, and the one of the analyses; the first where the wanted one is not there. */
  drawDetails(parts: readonly DetailPart[], wanted: string | undefined, analyses: AnalysesInput): void;
  say(message: string, isProblem: boolean): void;
}

export interface AnalysesInput {
  readonly model: Model;
  readonly problems: readonly string[];
  /** What their tab says when the pointer rests on it. */
  readonly title: string;
}

export function createAnalysesFrame(options: AnalysesFrameOptions): AnalysesFrame {
  const { controls, pictures } = options;
  const head = createHead(options.menu);
  const started = createStartedList(options.send);
  const status = element('p', { class: 'status', role: 'note' }, options.waiting);
  const details = createDetails(options);
  const side = element('div', { class: 'side' }, ...options.side, ...details.nodes);
  const columns = element('div', { class: 'columns', hidden: true }, pictures, side);
  controls.hidden = true;
  panelRoot().append(...head.nodes, started.node, status, controls, columns, ...(options.tip ? [options.tip] : []));
  const say = (message: string, isProblem: boolean): void => {
    status.hidden = false;
    status.classList.toggle('problem', isProblem);
    status.textContent = message;
  };
  return {
    say,
    drawHead: (model) => {
      head.draw(model);
      started.draw(model.started);
    },
    drawState: ({ model, problems, isShown, hasPictures }) => {
      const hasStages = model.stages.length > 0;
      controls.hidden = !hasPictures;
      pictures.hidden = !hasPictures;
      columns.hidden = !hasStages;
      const problem = hasStages ? problems[0] : undefined;
      if (isShown) status.hidden = true;
      else say(problem ?? options.nothingYet, problem !== undefined);
    },
    drawDetails: details.draw,
  };
}

interface Head {
  readonly nodes: readonly HTMLElement[];
  draw(model: Model): void;
}

function createHead(menu: HTMLElement): Head {
  const title = element('h1');
  const about = element('p', { class: 'quiet about' });
  const stale = element('p', { class: 'hint', role: 'note', hidden: true });
  return {
    nodes: [element('header', {}, element('div', { class: 'head-words' }, title, about), menu), stale],
    draw: (model) => {
      title.textContent = model.title;
      title.title = model.title;
      about.textContent = model.about;
      stale.hidden = model.stale === undefined;
      stale.textContent = model.stale ?? '';
    },
  };
}

interface Details {
  readonly nodes: readonly HTMLElement[];
  draw: AnalysesFrame['drawDetails'];
}

function createDetails({ id, send, onTab }: AnalysesFrameOptions): Details {
  const tabs = createTabs('Details', id, onTab);
  const page = element('div', { id, role: 'tabpanel' });
  const list = createAnalysisList(send);
  return {
    nodes: [tabs.node, page],
    draw: (parts, wanted, { model, problems, title }) => {
      const analyses: DetailPart = {
        ...{ id: 'analyses', label: 'Analyses', title, node: list.node },
        draw: () => list.draw(model, problems),
      };
      const all = [...parts, analyses];
      const chosen = all.find((part) => part.id === wanted) ?? all[0]!;
      tabs.draw(
        all.map(({ id: tab, label, title: words }) => ({ id: tab, label, title: words })),
        chosen.id,
      );
      if (page.firstChild !== chosen.node) page.replaceChildren(chosen.node);
      chosen.draw();
    },
  };
}
