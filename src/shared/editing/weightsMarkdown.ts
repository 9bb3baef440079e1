/** What a weight file is, for hovering over its path. Names in it are a stranger's, and are shown as they are, never as Markdown. */
import { escapeMarkdown } from '../formats/markdownText';
import { formatMillions } from '../views/formatNumbers';
import type { FitSummary, WeightsSummary } from '../weights/describeWeights';

const maxProblems = 3;

/** A few lines of Markdown for the editor. */
export function weightsMarkdown(summary: WeightsSummary): string {
  const { found, format, tensors, numbers, proposals, others } = summary;
  const lines = [`**${found?.architecture ?? 'weights'}** · ${found?.title ?? 'unknown names'} · ${format}`];
  lines.push(`${tensors} tensors, ${formatMillions(numbers)} numbers (${Object.keys(summary.dtypes).join(', ')})`);
  if (found) {
    const encoder = found.encoder ? `, the ${found.encoder} encoder` : '';
    lines.push(
      `${found.weights} weights of a backbone${found.prefix ? ` behind ${code(found.prefix)}` : ''}${encoder}`,
    );
    if (found.fit) {
      const { matched, needed, problems, backbone } = found.fit;
      lines.push(`${matched} of ${needed} weights of ${backbone} matched; ${verdictOn(found.fit)}`);
      lines.push(...problems.slice(0, maxProblems).map(escapeMarkdown));
    }
    if (others.length > 0)
      lines.push(`Left out: ${others.map(({ prefix, tensors: count }) => `${code(prefix)} (${count})`).join(', ')}`);
    lines.push(...found.notes);
  } else if (proposals.length > 0) {
    const listed = proposals
      .map(({ prefix, weights }) => `${code(`prefix: ${prefix || "''"}`)} (${weights} weights)`)
      .join(' or ');
    lines.push(`No known way of naming; try ${listed}.`);
  } else lines.push('Nothing in it looks like a backbone.');
  return lines.join('\n\n');
}

function verdictOn({ problems, missing, mismatched, unexpected }: FitSummary): string {
  if (problems.length === 0) return 'it fits';
  const counts = [
    [missing, 'missing'],
    [mismatched, 'of another shape'],
    [unexpected, 'unexpected'],
  ] as const;
  const listed = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `it does not fit: ${listed.join(', ')}`;
}

/** Backticks can not be escaped inside code. */
function code(text: string): string {
  return `\`${text.replaceAll('`', "'")}\``;
}
