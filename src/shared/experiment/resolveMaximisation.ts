/** Which pretrainings' channels or classes pictures are made for. */
import type { MaximisationAnalysis, WrittenAnalysis } from './analysisSchema';
import type { AttributionContext } from './resolveAttribution';
import { fillDefaults } from './fields';
import type { Cell } from './matrix';
import { maximisationFields } from './maximisationFields';
import { hasClassifier } from './training';

type Written = Extract<WrittenAnalysis, { readonly kind: 'maximisation' }>;

export function resolveMaximisation(
  { written, path, id }: Cell<Written>,
  base: Pick<MaximisationAnalysis, 'id' | 'about' | 'resources' | 'imageSize' | 'layers' | 'of'>,
  { trained, report }: Pick<AttributionContext, 'trained' | 'report'>,
): MaximisationAnalysis | undefined {
  const filled = { ...base, kind: written.kind, ...fillDefaults(maximisationFields, written) };
  if (filled.maximise !== 'class') return filled;
  const of = base.of.filter((one) => hasClassifier(one, trained));
  if (of.length > 0 && (!written.of || of.length === base.of.length)) return { ...filled, of };
  const lacking = base.of.find((one) => !of.includes(one)) ?? '';
  report({
    severity: 'error',
    code: 'no-classifier',
    message: `\`${id}\` makes pictures for classes, but \`${lacking}\` has no classifier of its own; name pretrainings with \`method: supervised\` in \`of\`, or maximise channels`,
    path,
  });
  return undefined;
}
