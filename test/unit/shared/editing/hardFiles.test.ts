/** Files that somebody wrote on another system, by accident or on purpose: each is answered, in time, at the right place. */
import { describe, expect, it } from 'vitest';
import { complete } from '../../../../src/shared/editing/completion';
import { documentSymbols } from '../../../../src/shared/editing/documentSymbols';
import { foldingRanges } from '../../../../src/shared/editing/foldingRanges';
import { hover } from '../../../../src/shared/editing/hover';
import { definitionAt, referencesAt } from '../../../../src/shared/editing/identifiers';
import { inlayHints } from '../../../../src/shared/editing/inlayHints';
import { SourceTree } from '../../../../src/shared/editing/sourceTree';
import { validate } from '../../../../src/shared/editing/validation';
import { makeLongExperiment } from '../../../support/longExperiment';
import { base, spoil } from '../experiment/problemsOf';
import { recipes } from './cursorText';

const check = (text: string) => validate(text, { fileName: 'x.transfer.yaml', recipes });
const errorsOf = (text: string) => check(text).problems.filter(({ severity }) => severity === 'error');

/** Everything an editor asks at one place; ms of the slowest. */
function askAll(text: string, offset: number): number {
  const tree = new SourceTree(text);
  const questions = [
    () => check(text),
    () => complete(text, offset, { recipes }),
    () => hover(new SourceTree(text), offset, recipes),
    () => definitionAt(tree, offset),
    () => referencesAt(tree, offset),
    () => documentSymbols(new SourceTree(text)),
    () => foldingRanges(new SourceTree(text)),
    () => inlayHints(check(text), { start: 0, end: text.length }),
  ];
  const times = questions.map((question) => {
    const startedAt = performance.now();
    question();
    return performance.now() - startedAt;
  });
  return Math.max(...times);
}

describe('a file of 5,000 lines', () => {
  const text = makeLongExperiment(5000);
  it('is answered in a second, whatever is asked, wherever', () => {
    expect(errorsOf(text)).toEqual([]);
    for (const part of [0.01, 0.5, 0.99]) expect(askAll(text, Math.floor(part * text.length))).toBeLessThan(3000);
  });

  it('has its mistake at the right line', () => {
    const at = text.lastIndexOf('l2: 0.001');
    const wrong = `${text.slice(0, at)}l3: 0.001${text.slice(at + 9)}`;
    const [problem] = errorsOf(wrong);
    expect(problem).toMatchObject({ code: 'unknown-key' });
    expect(problem!.range.start.line).toBe(wrong.slice(0, at).split('\n').length);
  });
});

describe('files of other systems', () => {
  const mistaken = spoil(['method: moco', 'methd: moco']);
  const place = (text: string) => {
    const { start, end } = errorsOf(text).find(({ code }) => code === 'unknown-key')!.range;
    return { line: start.line, column: start.column, word: text.slice(start.offset, end.offset) };
  };

  it('have the same problems at the same places', () => {
    const expected = place(mistaken);
    expect(expected.word).toBe('methd');
    expect(place(mistaken.replaceAll('\n', '\r\n'))).toEqual(expected);
    expect(place(`\uFEFF${mistaken}`)).toEqual(expected);
    expect(errorsOf(base.replaceAll('\n', '\r\n'))).toEqual([]);
    expect(errorsOf(`\uFEFF${base}`)).toEqual([]);
  });

  it('complete after CRLF and a mark of the byte order', () => {
    for (const text of [base.replaceAll('\n', '\r\n'), `\uFEFF${base}`]) {
      const offset = text.indexOf('method: moco') + 'method: mo'.length;
      expect(complete(text, offset, { recipes }).items.map(({ label }) => label)).toContain('moco');
    }
  });

  it('say it of tabs', () => {
    const [problem] = errorsOf(base.replace('\n  - id', '\n\t- id').replace('\n  - {', '\n\t- {'));
    expect(problem!.message).toMatch(/a tab is used for indentation/);
  });
});

describe('odd contents', () => {
  it('a key given twice is placed at its second', () => {
    const text = `${base}name: again\n`;
    const [problem] = errorsOf(text);
    expect(problem).toMatchObject({ code: 'duplicate-key', range: { start: { line: base.split('\n').length } } });
  });

  it('an exponential of aliases is refused at once', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const inner = level === 0 ? 'x' : `*l${level - 1}`;
      return `l${level}: &l${level} [${Array.from({ length: 10 }, () => inner).join(', ')}]`;
    });
    const text = `${levels.join('\n')}\n${base}`;
    expect(askAll(text, text.indexOf('method'))).toBeLessThan(1000);
    expect(errorsOf(text)[0]!.message).toMatch(/repeats itself through more than 100 aliases/);
  });

  it('ids of any letters are refused with the place, not with a crash', () => {
    for (const id of ['🦉', 'naïve', 'a/b', '..', 'x'.repeat(300), '__proto__']) {
      const text = spoil(['id: moco', `id: ${JSON.stringify(id)}`]);
      const problems = errorsOf(text);
      expect(askAll(text, text.indexOf(JSON.stringify(id)) + 1)).toBeLessThan(1000);
      if (id !== '__proto__' && id !== 'naïve') expect(problems[0]!.range.start.line, id).toBeGreaterThan(1);
    }
  });
});
