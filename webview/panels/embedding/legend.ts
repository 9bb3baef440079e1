/** The legend as a list with one stop of the Tab key: press to hide or show, emphasise one against grey, search where there are many. */
import { hexColour } from '../../../src/shared/views/classColours';
import type { EmbeddingView } from '../../../src/shared/protocol/panels/embeddingPanel';
import { formatCount } from '../../../src/shared/views/formatNumbers';
import { emphasiseLine, showAlone, toggleLine } from '../../../src/shared/views/embedding/legendChanges';
import { pointShapes, type LegendLine } from '../../../src/shared/views/embedding/pointGroups';
import { createTextButton } from '../../ui/choice';
import { element } from '../../ui/element';
import { shapePath } from './shapes';
import type { Shown } from './shown';

export interface Legend {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
}

/** Lines that are written; the rest is found by searching. */
const MOST_LINES = 300;
/** Lines from which on there is a search. */
const MANY_LINES = 12;

export function createLegend(change: (part: Partial<EmbeddingView>) => void, chooseShown: () => void): Legend {
  const search = element('input', {
    type: 'search',
    placeholder: 'Find a class',
    'aria-label': 'Find a class',
  }) as HTMLInputElement;
  const list = element('ul', {
    class: 'map-legend',
    role: 'listbox',
    tabindex: 0,
    'aria-multiselectable': true,
    'aria-label': 'Legend. Arrow keys move, Space hides or shows, Enter shows one alone, E emphasises one.',
  });
  const more = element('p', { class: 'quiet' });
  const all = createTextButton('All', 'Show all of the legend', () => change({ hidden: [], emphasised: undefined }));
  const none = createTextButton('None', 'Hide all of the legend', () =>
    change({ hidden: lines.map(({ name }) => name), emphasised: undefined }),
  );
  const choose = createTextButton('Choose', 'Choose all images that are in colour', chooseShown);
  const head = element('div', { class: 'legend-head' }, element('h2', {}, 'Legend'), all, none, choose);
  const node = element('section', { class: 'legend-part', 'aria-label': 'Legend' }, head, search, list, more);
  let lines: readonly LegendLine[] = [];
  let drawn = '';
  let current = 0;

  const wanted = (): LegendLine[] => {
    const text = search.value.trim().toLowerCase();
    return lines.filter(({ name }) => name.toLowerCase().includes(text));
  };
  const toggle = (line: LegendLine): void => change(toggleLine(lines, line));
  const alone = (line: LegendLine): void => change(showAlone(lines, line));
  const emphasise = (line: LegendLine): void => change(emphasiseLine(lines, line));
  const lineAt = (target: EventTarget | null): LegendLine | undefined => {
    const at = (target as Element | null)?.closest<HTMLElement>('[data-name]')?.dataset.name;
    return lines.find(({ name }) => name === at);
  };
  list.addEventListener('click', (event) => {
    const line = lineAt(event.target);
    if (!line) return;
    current = Math.max(
      0,
      wanted().findIndex(({ name }) => name === line.name),
    );
    if ((event.target as Element).closest('.emphasise')) emphasise(line);
    else if (event.shiftKey) alone(line);
    else toggle(line);
  });
  list.addEventListener('keydown', (event) => {
    const found = wanted().slice(0, MOST_LINES);
    const line = found[current];
    const steps: Readonly<Record<string, number>> = {
      ...{ ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: found.length - 1 },
      ...{ PageDown: current + 10, PageUp: current - 10 },
    };
    const step = steps[event.key];
    if (step !== undefined) {
      current = Math.min(found.length - 1, Math.max(0, step));
      markCurrent();
    } else if (line && event.key === ' ') toggle(line);
    else if (line && event.key === 'Enter') alone(line);
    else if (line && event.key.toLowerCase() === 'e') emphasise(line);
    else return;
    event.preventDefault();
  });
  search.addEventListener('input', () => {
    current = 0;
    drawLines();
  });

  return {
    node,
    draw: ({ legend }) => {
      lines = legend;
      search.hidden = lines.length < MANY_LINES;
      drawLines();
    },
  };

  function drawLines(): void {
    const found = wanted();
    const text = JSON.stringify(found);
    if (text !== drawn) {
      drawn = text;
      list.replaceChildren(...found.slice(0, MOST_LINES).map(createLine));
      const rest = found.length - MOST_LINES;
      more.textContent = rest > 0 ? `${formatCount(rest)} more: search for them.` : '';
      more.hidden = rest <= 0;
    }
    markCurrent();
  }

  function markCurrent(): void {
    const nodes = [...list.children];
    current = Math.min(current, Math.max(0, nodes.length - 1));
    nodes.forEach((one, i) => one.classList.toggle('is-current', i === current));
    const id = nodes[current]?.id;
    if (id === undefined) list.removeAttribute('aria-activedescendant');
    else list.setAttribute('aria-activedescendant', id);
    // By hand: scrollIntoView would scroll the page along.
    const one = nodes[current] as HTMLElement | undefined;
    if (!one || document.activeElement !== list) return;
    if (one.offsetTop < list.scrollTop) list.scrollTop = one.offsetTop;
    const bottom = one.offsetTop + one.offsetHeight;
    if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
  }
}

function createLine(line: LegendLine, i: number): HTMLElement {
  const { name, count, isHidden, isEmphasised } = line;
  const emphasise = element(
    'span',
    { class: 'emphasise', title: `${name} against grey (E)` },
    isEmphasised ? '◉' : '○',
  );
  const classes = `legend-line${isHidden ? ' is-hidden' : ''}${isEmphasised ? ' is-emphasised' : ''}`;
  const words = `${name}, ${formatCount(count)}${isEmphasised ? ', emphasised' : ''}`;
  return element(
    'li',
    {
      ...{ class: classes, role: 'option', id: `legend-${i}`, 'data-name': name, 'aria-label': words },
      'aria-selected': String(!isHidden),
      title: `${name}: click to ${isHidden ? 'show' : 'hide'}, Shift for it alone`,
    },
    createSwatch(line),
    element('span', { class: 'name' }, name),
    element('span', { class: 'quiet count' }, formatCount(count)),
    emphasise,
  );
}

/** The shape stands beside the colour everywhere; on the map where contrast is high. */
function createSwatch({ colour, shape }: LegendLine): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '-7 -7 14 14');
  svg.setAttribute('class', 'swatch');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', shapePath(pointShapes[shape]!, 5));
  path.setAttribute('fill', hexColour(colour));
  path.setAttribute('fill-rule', 'evenodd');
  svg.append(path);
  return svg;
}
