/** Quick fixes for the problems of a place: those that come with a problem, and adding what is missing. */
import type { ParsedExperiment } from '../experiment/parse';
import type { Problem } from '../experiment/problem';
import { missingFieldFixes } from './missingField';
import { SourceTree, type Span } from './sourceTree';

export interface Fix {
  readonly title: string;
  readonly edits: readonly (Span & { readonly newText: string })[];
  readonly problem: Problem;
  /** The likeliest one of its problem. */
  readonly preferred: boolean;
}

/** Fixes of all problems that touch `range`. */
export function quickFixes({ problems, document }: ParsedExperiment, range: Span): Fix[] {
  const touching = problems.filter(
    ({ range: { start, end } }) => start.offset <= range.end && range.start <= Math.max(end.offset, start.offset + 1),
  );
  if (touching.length === 0) return [];
  const tree = new SourceTree(document.text);
  return touching.flatMap((problem) => {
    const own = (problem.fixes ?? []).map(({ title, edits }) => ({
      title,
      edits: edits.map(({ range: { start, end }, newText }) => ({ start: start.offset, end: end.offset, newText })),
    }));
    const all = [...own, ...missingFieldFixes(problem, tree, isJson(document.fileName))];
    return all.map((fix, index) => ({ ...fix, problem, preferred: index === 0 && isSure(problem) }));
  });
}

/** A fix that removes something is never applied unasked. */
function isSure({ code }: Problem): boolean {
  return code !== 'epochs-and-steps' && code !== 'weights-and-method' && code !== 'empty';
}

export function isJson(fileName: string): boolean {
  return fileName.toLowerCase().endsWith('.json');
}
