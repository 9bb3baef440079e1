/** Tests of checks from a table: what is said of a text, and that each quick fix removes what it is offered for. */
import { describe, expect, it } from 'vitest';
import type { Facts, SplitFacts, SplitName } from '../../../../../src/shared/experiment/checks/facts';
import { applyFix, formatProblem, parse, problemLines, spoil } from '../problemsOf';

type CheckCase = readonly [
  title: string,
  text: string,
  facts: Facts | undefined,
  /** Lines of problems; `ok` alone where there is none. */
  expected: readonly string[],
];

export const emoji = { length: 1911, classes: 95 };
export const facts = (changes: Partial<SplitFacts> = {}, more: Partial<Facts> = {}): Facts => ({
  data: { emoji: { splits: ['twitter', 'google'], bySplit: { twitter: { ...emoji, ...changes }, google: emoji } } },
  ...more,
});
export const [onTwitter, onGoogle] = ['twitter', 'google'].map((split) => ({ data: 'emoji', split })) as [
  SplitName,
  SplitName,
];
/** The test split has the given classes. */
export const novel = (classNames: readonly string[]): Facts => {
  const split = (names: readonly string[]): SplitFacts => ({ length: 1911, classes: names.length, classNames: names });
  const bySplit = { twitter: split(['cat', 'dog']), google: split(classNames) };
  return { data: { emoji: { splits: ['twitter', 'google'], bySplit } } };
};
export const more = (line: string) => spoil(['steps: 2500\n', `steps: 2500\n    ${line}\n`]);
export const method = (name: string, recipe = `recipe: emoji-${name}`) =>
  spoil(['method: moco', `method: ${name}`], ['recipe: emoji-moco-v2', recipe]);
export const plain = (lines: string) => spoil(['recipe: emoji-moco-v2', lines]);

export function testChecks(cases: readonly CheckCase[]): void {
  it.each(cases)('%s', (_title, text, known, expected) => {
    // Said of every comparison without one; unfairRows.test.ts and controls.test.ts test them.
    const lines = problemLines(text, known).filter((line) => !/no-(random|control)-row/.test(line));
    expect(lines.length > 0 ? lines : ['ok']).toEqual(expected);
  });

  const fixable = cases.flatMap(([title, text, known]) =>
    parse(text, { facts: known }).problems.flatMap((problem) =>
      (problem.fixes ?? []).map((fix) => ({ title, name: `${problem.code}, ${fix.title}`, text, known, problem, fix })),
    ),
  );

  describe.runIf(fixable.length > 0)('quick fixes', () => {
    it.each(fixable)('$title: $name', ({ text, known, problem, fix }) => {
      const fixed = parse(applyFix(text, fix), { facts: known });
      expect(fixed.problems.map(({ code, path }) => `${code} ${path.join('.')}`)).not.toContain(
        `${problem.code} ${problem.path.join('.')}`,
      );
      expect(
        fixed.problems
          .filter(({ code }) => ['syntax', 'unknown-key', 'wrong-type', 'missing-key'].includes(code))
          .map(formatProblem),
      ).toEqual([]);
    });
  });
}
