/** What the stage kept of the chosen box: class scores, the proposals nearest to it, and pictures of the boxes most alike. */
import type { BoxEvidence } from '../../../src/shared/views/detections/boxEvidence';
import { formatCount } from '../../../src/shared/views/formatNumbers';
import { element } from '../../ui/element';
import { createAlikeGallery } from './alikeGallery';
import type { BoxReference, Corners } from './boxes';
import { createProposalTable } from './proposalTable';
import type { Shown } from './shown';

export interface EvidenceView {
  readonly node: HTMLElement;
  /** Asks anew only for another box; undefined hides it. */
  draw(shown: Shown, chosen: BoxReference | undefined): void;
  /** Of the chosen box, as they are drawn on the image; the one that is pointed at stands out. */
  proposals(): readonly MarkedProposal[];
}

export interface MarkedProposal {
  readonly box: Corners;
  readonly isMarked: boolean;
}

export interface EvidenceOptions {
  /** Something came in that is drawn on the image. */
  readonly onChange: () => void;
  readonly onOpen: (image: number, reference: BoxReference) => void;
}

export function createEvidenceView({ onChange, onOpen }: EvidenceOptions): EvidenceView {
  const node = element('div', { class: 'evidence', 'aria-live': 'polite' });
  let shown: Shown | undefined;
  let asked = '';
  let found: BoxEvidence | undefined;
  let marked = -1;
  const gallery = createAlikeGallery({ onOpen, onPaint: onChange });
  const say = (text: string): void => node.replaceChildren(createNote(text));
  const mark = (proposal: number): void => {
    marked = proposal;
    onChange();
  };
  const ask = async (chosen: BoxReference, key: string, now: Shown): Promise<void> => {
    say('Reading proposals and features …');
    try {
      const next = await now.inspect(chosen.run, chosen);
      if (key !== asked) return;
      found = next;
      node.replaceChildren(...createParts(shown ?? now, chosen, next));
      onChange();
    } catch (error) {
      if (key === asked) say(error instanceof Error ? error.message : String(error));
    }
  };
  return {
    node,
    draw: (next, chosen) => {
      shown = next;
      node.hidden = chosen === undefined;
      const key = chosen ? JSON.stringify([next.runs[chosen.run]?.id, chosen]) : '';
      if (key === asked) return;
      asked = key;
      gallery.clear();
      found = undefined;
      marked = -1;
      if (chosen) void ask(chosen, key, next);
    },
    proposals: () => (found?.proposals ?? []).map(({ box }, i) => ({ box, isMarked: i === marked })),
  };

  function createParts(now: Shown, chosen: BoxReference, evidence: BoxEvidence): HTMLElement[] {
    const { names } = now.tables.truth.categories;
    const scores = evidence.scores.map(({ category, score }) => createScore(names[category]!, score));
    return [
      ...(scores.length > 0 ? [createHeading('Class scores'), element('ul', { class: 'score-list' }, ...scores)] : []),
      createHeading(`Proposals, nearest of ${formatCount(evidence.proposalCount)}`),
      evidence.proposals.length > 0
        ? createProposalTable(evidence.proposals, mark)
        : createNote('None of them overlaps this box.'),
      createHeading('Most alike elsewhere'),
      evidence.alike.length > 0
        ? gallery.create(now, chosen.run, evidence.alike)
        : createNote('Features of this box were not kept: only those of the surest are.'),
    ];
  }
}

function createNote(text: string): HTMLElement {
  return element('p', { class: 'quiet note' }, text);
}

function createHeading(text: string): HTMLElement {
  return element('h3', {}, text);
}

function createScore(name: string, score: number): HTMLElement {
  const bar = element('span', { class: 'score-bar', 'aria-hidden': 'true' });
  bar.style.setProperty('--share', `${100 * score}%`);
  return element(
    'li',
    {},
    element('span', { class: 'score-name' }, name),
    bar,
    element('span', { class: 'number' }, score.toFixed(3)),
  );
}
