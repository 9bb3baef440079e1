/** The menu of figures about one transfer: what is pressed for its images, and the lines of the transfer and of its pretrainings. */
import type { LinkIntent } from '../../src/shared/protocol/panels/links';
import { listenForLinks } from './linkMenu';

export interface FigureLinks {
  readonly send: (intent: LinkIntent) => void;
  /** Undefined while nothing is drawn. */
  readonly shown: () =>
    { readonly transfer?: string | undefined; readonly runs: readonly { readonly pretraining?: string }[] } | undefined;
  /** Shows the images of all: what figures of no class or error lead to. */
  readonly showAll: () => void;
}

/** What can be pressed has its own images; a figure beside it is of all. */
export function listenForFigureLinks(node: HTMLElement, { send, shown, showAll }: FigureLinks): void {
  listenForLinks(node, (target) => {
    const about = shown();
    if (!about) return undefined;
    const row = target.closest('tbody tr');
    const button = target.closest('button, [role=button]') ?? row?.querySelector('button.link') ?? undefined;
    const filter = button?.closest('thead, [role=tablist]') ? undefined : button;
    const show = (entry: string) => () => send({ type: 'showInExperiment', entry });
    const pretrainings = [...new Set(about.runs.flatMap(({ pretraining }) => pretraining ?? []))];
    const { transfer } = about;
    return {
      name: (filter ? (filter.getAttribute('aria-label') ?? filter.textContent) : transfer) ?? 'Figures',
      images: filter ? () => press(filter) : showAll,
      entries: [
        ...(transfer === undefined ? [] : [{ show: show(transfer) }]),
        ...pretrainings.map((words) => ({ words, show: show(words) })),
      ],
    };
  });
}

/** One that is pressed already shows its images: pressing it again would show all. */
function press(button: Element): void {
  if (button.getAttribute('aria-pressed') === 'true') return;
  // A row of a chart is no HTML element, which could be clicked.
  button.dispatchEvent(new MouseEvent('click', { bubbles: true }));
}
