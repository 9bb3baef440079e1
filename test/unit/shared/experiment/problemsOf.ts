/** An experiment file's problems as lines of text, and what its quick fixes make of it. */
import type { Facts } from '../../../../src/shared/experiment/checks/facts';
import { parseExperiment, type ParseOptions, type ParsedExperiment } from '../../../../src/shared/experiment/parse';
import type { Problem, QuickFix } from '../../../../src/shared/experiment/problem';
import { readRecipes } from './recipeBook';

const recipes = readRecipes();

export function parse(text: string, options: Partial<ParseOptions> = {}): ParsedExperiment {
  return parseExperiment(text, { fileName: 'test.transfer.yaml', recipes, ...options });
}

/** `line:column-column severity code: message`; the end column only on the same line. */
export function problemLines(text: string, facts?: Facts): string[] {
  return parse(text, { facts }).problems.map(formatProblem);
}

export function formatProblem({ range, severity, code, message }: Problem): string {
  const end = range.end.line === range.start.line ? `-${range.end.column}` : '';
  return `${range.start.line}:${range.start.column}${end} ${severity} ${code}: ${message}`;
}

/** The text with all edits of a fix made. */
export function applyFix(text: string, fix: QuickFix): string {
  const edits = [...fix.edits].sort((a, b) => b.range.start.offset - a.range.start.offset);
  return edits.reduce(
    (out, { range, newText }) => out.slice(0, range.start.offset) + newText + out.slice(range.end.offset),
    text,
  );
}

/** A correct experiment on 32 px emoji, to be spoilt; two seeds, so that nothing is said about seeds. */
export const base = `name: test
seeds: [0, 1]
imageSize: 32
backbone: { name: resnet18, width: 16, stem: small }
data:
  emoji: { kind: emoji }
pretrainings:
  - id: moco
    method: moco
    data: emoji
    recipe: emoji-moco-v2
    steps: 2500
  - { id: random }
transfers:
  - { id: probe, task: linear-probe, data: emoji }
`;

/** `base` with pieces replaced; each must be there. */
export function spoil(...changes: readonly (readonly [from: string, to: string])[]): string {
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the base text has no ${JSON.stringify(from)}`);
    return text.replace(from, to);
  }, base);
}
