/** Parts of the file that fold away: mappings, lists and texts over several lines, and blocks of comments. */
import { isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { spanOf, type SourceTree } from './sourceTree';

/** Lines from 0; the first stays visible. */
export interface FoldingRange {
  readonly startLine: number;
  readonly endLine: number;
  readonly kind: 'region' | 'comment';
}

export function foldingRanges(tree: SourceTree): FoldingRange[] {
  const byStart = new Map<number, FoldingRange>();
  const add = (range: FoldingRange): void => {
    const known = byStart.get(range.startLine);
    // Of ranges that start on one line the editor takes one; the largest folds most.
    if (range.endLine > range.startLine && (known?.endLine ?? -1) < range.endLine) byStart.set(range.startLine, range);
  };
  addNode(tree, tree.contents, { add, depth: 0 });
  commentBlocks(tree.text).forEach(add);
  return [...byStart.values()].sort((a, b) => a.startLine - b.startLine);
}

interface Walk {
  readonly add: (range: FoldingRange) => void;
  readonly depth: number;
}

function addNode(tree: SourceTree, node: unknown, { add, depth }: Walk): void {
  if (depth > 60 || !(isMap(node) || isSeq(node))) return;
  const below = { add, depth: depth + 1 };
  const { flow } = node as { flow?: boolean };
  if (flow) add({ ...linesOf(tree, node), kind: 'region' });
  for (const item of node.items) {
    if (isSeq(node)) {
      if (!flow) add({ ...linesOf(tree, item as Node), kind: 'region' });
      addNode(tree, item, below);
      continue;
    }
    const { key, value } = item as Pair;
    const start = tree.lineOf(spanOf(key).start);
    if (isMap(value) || isSeq(value) || isScalar(value)) {
      add({ startLine: start, endLine: linesOf(tree, value).endLine, kind: 'region' });
    }
    addNode(tree, value, below);
  }
}

/** Lines of a node without the blank lines and comments after it. */
function linesOf(tree: SourceTree, node: Node): { startLine: number; endLine: number } {
  const { start, end } = spanOf(node);
  const lines = tree.text.slice(start, end).split('\n');
  let last = lines.length - 1;
  while (last > 0 && /^\s*(#|$)/.test(lines[last]!)) last--;
  const startLine = tree.lineOf(start);
  return { startLine, endLine: startLine + last };
}

function commentBlocks(text: string): FoldingRange[] {
  const blocks: FoldingRange[] = [];
  let start = -1;
  const lines = text.split('\n');
  lines.concat('').forEach((line, index) => {
    const isComment = /^\s*#/.test(line);
    if (isComment && start < 0) start = index;
    if (isComment || start < 0) return;
    blocks.push({ startLine: start, endLine: index - 1, kind: 'comment' });
    start = -1;
  });
  return blocks;
}
