/** Which analyses what is shown comes from; those that are not in the experiment file can be written into it. */
import type {
  AnalysisIntent,
  AnalysisOffer,
  AnalysisStage,
  RevealAnalysisIntent,
} from '../../src/shared/protocol/panels/analysisStart';
import { linkWords } from '../../src/shared/protocol/panels/links';
import { formatList } from '../../src/shared/views/formatNumbers';
import { element } from './element';

/** With what it is called beside its name. */
type ListedStage = AnalysisStage & { readonly kind?: string };

interface ListedAnalyses {
  readonly stages: readonly ListedStage[];
  readonly offer: AnalysisOffer;
}

export interface AnalysisList {
  readonly node: HTMLElement;
  draw(model: ListedAnalyses, problems: readonly string[]): void;
}

export function createAnalysisList(send: (intent: AnalysisIntent | RevealAnalysisIntent) => void): AnalysisList {
  const list = element('ul', { class: 'analyses' });
  const notes = element('ul', { class: 'notes-list quiet' });
  const node = element('div', {}, list, notes);
  let drawn = '';
  return {
    node,
    draw: ({ stages, offer }, problems) => {
      const text = JSON.stringify([stages, offer.refusal, problems]);
      if (text === drawn) return;
      drawn = text;
      const groups = new Map<string, ListedStage[]>();
      for (const stage of stages) groups.set(stage.analysis, [...(groups.get(stage.analysis) ?? []), stage]);
      list.replaceChildren(...[...groups.values()].map((group) => createItem(group, send, offer.refusal)));
      const said = [...new Set([...problems, ...stages.flatMap((stage) => stage.notes)])];
      notes.replaceChildren(...said.map((note) => element('li', {}, note)));
    },
  };
}

function createItem(
  group: readonly ListedStage[],
  send: (intent: AnalysisIntent | RevealAnalysisIntent) => void,
  refusal: string | undefined,
): HTMLElement {
  const { analysis, kind, data, split, loose, run } = group[0]!;
  const models = formatList([...new Set(group.map(({ pretraining }) => pretraining))]);
  const words = `${kind === undefined || kind === analysis ? '' : `${kind} · `}${models} · ${data} ${split} · run ${run}`;
  const show = element('button', { type: 'button', class: 'plain link' }, linkWords.experiment);
  show.setAttribute('aria-label', `${linkWords.experiment}: ${analysis}`);
  show.addEventListener('click', () => send({ type: 'revealAnalysis', run, analysis }));
  const item = element('li', {}, element('strong', {}, analysis), element('span', { class: 'quiet' }, words), show);
  if (!loose) return item;
  const add = element(
    'vscode-button',
    { appearance: 'secondary', title: 'Write it into the experiment file' },
    'Add to file',
  );
  add.toggleAttribute('disabled', refusal !== undefined);
  add.setAttribute('aria-label', `Add ${analysis} to the experiment file`);
  add.addEventListener('click', () => send({ type: 'addAnalysis', wish: { analysis: loose } }));
  item.append(element('span', { class: 'quiet' }, 'Not in the experiment file.'), add);
  return item;
}
