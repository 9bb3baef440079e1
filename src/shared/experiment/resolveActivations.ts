/** What an analysis of activations looks at where its settings do not say. */
import { activationsFields } from './activationsFields';
import type { ActivationsAnalysis, NetworkAnalysisBase, WrittenAnalysis } from './analysisSchema';
import type { BackboneConfig } from './backbones/config';
import { fillDefaults } from './fields';
import { describeLayers } from './layers';
import type { Cell } from './matrix';
import { namedPretrainings, type TransferContext } from './resolveTransfer';

type Written = Extract<WrittenAnalysis, { readonly kind: 'activations' }>;
type Context = Pick<TransferContext, 'pretrainings' | 'report' | 'document'>;

export function resolveActivations(
  { written, path }: Cell<Written>,
  base: NetworkAnalysisBase,
  context: Context,
): ActivationsAnalysis {
  const filled = { ...base, kind: written.kind, ...fillDefaults(activationsFields, written) };
  if (written.against === undefined) return filled;
  const [against, ...more] = namedPretrainings([written.against], [...path, 'against'], context);
  if (more.length > 0)
    context.report({
      severity: 'error',
      code: 'several-pretrainings',
      message: `\`against\` names one pretraining, but \`${written.against}\` is a matrix of ${more.length + 1}; name one of them`,
      path: [...path, 'against'],
    });
  return against === undefined ? filled : { ...filled, against };
}

/** The last map of each stage, or of each quarter of a network without stages. */
export function lastMaps({ backbone }: { readonly backbone: BackboneConfig }): readonly string[] {
  const maps = describeLayers(backbone).flatMap(({ name, stride }) => (stride > 0 ? [name] : []));
  const ends = maps.filter((name) => /^(layer|stages\.)\d+$/.test(name));
  if (ends.length > 0) return ends;
  const tokens = maps.filter((name) => /^blocks\.\d+\.patch_tokens$/.test(name));
  return [...new Set([1, 2, 3, 4].map((quarter) => tokens[Math.ceil((quarter * tokens.length) / 4) - 1]!))];
}
