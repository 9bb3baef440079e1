/** What a weight file is, for hovering over its path. */
import { formatMillions, type WeightsSummary } from '../weights/describeWeights';

/** A few lines of Markdown for the editor. */
export function weightsMarkdown(summary: WeightsSummary): string {
  const { found, format, tensors, numbers, proposals } = summary;
  const lines = [`**${found?.architecture ?? 'weights'}** · ${found?.title ?? 'unknown names'} · ${format}`];
  lines.push(`${tensors} tensors, ${formatMillions(numbers)} numbers (${Object.keys(summary.dtypes).join(', ')})`);
  if (found) {
    const encoder = found.encoder ? `, the ${found.encoder} encoder` : '';
    lines.push(`${found.weights} weights of a backbone behind \`${found.prefix || '(nothing)'}\`${encoder}`);
    if (found.fit) {
      const { matched, needed, problems, backbone } = found.fit;
      const verdict = problems.length === 0 ? 'fits' : `does not fit: ${problems.slice(0, 2).join('; ')}`;
      lines.push(`${matched} of ${needed} weights of ${backbone} matched; ${verdict}`);
    }
    lines.push(...found.notes);
  } else if (proposals.length > 0) {
    const listed = proposals
      .map(({ prefix, weights }) => `\`prefix: ${prefix || "''"}\` (${weights} weights)`)
      .join(' or ');
    lines.push(`No known way of naming; try ${listed}.`);
  } else lines.push('Nothing in it looks like a backbone.');
  return lines.join('\n\n');
}
