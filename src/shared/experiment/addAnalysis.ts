/** Analyses that are run beside those of an experiment file: put into its text, whose comments and layout stay. */
import { UserError } from '../errors';
import { readDocument, type ExperimentDocument } from './document';
import type { QuickFix } from './problem';

/** An analysis as it stands in an experiment file. */
export type AnalysisText = Readonly<Record<string, unknown>> & { readonly kind: string };

/** An analysis that was typed as YAML; what it means is checked with the experiment. */
export function readAnalysis(text: string): AnalysisText {
  const { value } = readDocument(text, 'analysis');
  if (typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string')
    return { ...value, kind: value.kind };
  throw new UserError(
    'config',
    `${JSON.stringify(text)} is no analysis; write one as in an experiment: '{ kind: cka, between: [moco, random] }'`,
  );
}

/** The text with one more entry below `analyses`; throws a user error where it cannot be put in. */
export function addAnalysis(text: string, fileName: string, analysis: AnalysisText): string {
  const document = readDocument(text, fileName);
  const fix = document.problems.length > 0 ? undefined : fixForAnalysis(document, analysis);
  if (!fix)
    throw new UserError(
      'config',
      `the analysis \`${analysis.kind}\` cannot be added to ${fileName}; write it below \`analyses\` there`,
    );
  return fix.edits.reduce(
    (before, { range, newText }) => `${before.slice(0, range.start.offset)}${newText}${before.slice(range.end.offset)}`,
    text,
  );
}

/** The edit that does so in the user's own file. */
export function fixForAnalysis({ fix }: ExperimentDocument, analysis: AnalysisText): QuickFix | undefined {
  return fix.addItem('analyses', analysis, `Add ${String(analysis.id ?? analysis.kind)} to the experiment`);
}
