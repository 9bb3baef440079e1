/** Whose scores an attribution explains, and which images and layers it looks at where its settings do not say. */
import { attributionFields } from './attributionFields';
import type { AttributionAnalysis, NetworkAnalysisBase as Base, WrittenAnalysis } from './analysisSchema';
import { fillDefaults } from './fields';
import { layerNames } from './layers';
import type { Cell } from './matrix';
import type { BackboneSettings, PretrainingSettings } from './schema';
import { findTransfer } from './findTransfer';
import { hasClassifier } from './training';
import type { TransferContext } from './resolveTransfer';
import type {
  ClassificationTransfer,
  DetectionTransfer,
  LinearProbeTransfer,
  TransferSettings,
} from './transferSchema';

export type WrittenAttribution = Extract<WrittenAnalysis, { readonly kind: 'attribution' }>;
type Explained = ClassificationTransfer | LinearProbeTransfer | DetectionTransfer;

export interface AttributionContext extends Pick<TransferContext, 'report' | 'document' | 'data'> {
  readonly backbone: BackboneSettings;
  readonly transfers: readonly TransferSettings[];
  readonly trained: readonly PretrainingSettings[];
}

export function resolveAttribution(
  cell: Cell<WrittenAttribution>,
  base: Base,
  context: AttributionContext,
): AttributionAnalysis | undefined {
  const { written, path } = cell;
  const target = targetOf(written);
  const transfer =
    target.transfer === undefined ? usualTransfer(base.of, context) : named(target.transfer, cell, context);
  if (target.transfer !== undefined && !transfer) return undefined;
  const hasOwn = (id: string) => hasClassifier(id, context.trained);
  const of = base.of.filter((id) => (transfer ? transfer.of.includes(id) : hasOwn(id)));
  const missing = written.of && base.of.find((id) => !of.includes(id));
  if (of.length === 0 || missing !== undefined) {
    const subject = missing === undefined ? 'none of its pretrainings has' : `\`${missing}\` has no`;
    const what = transfer
      ? `\`${transfer.id}\`, whose scores are explained`
      : 'a classifier whose scores could be explained';
    const message = `\`${cell.id}\`: ${subject} ${missing !== undefined && !transfer ? 'classifier whose scores could be explained' : what}; add a linear-probe or a classification of it and name it as \`target: { transfer: … }\``;
    context.report({ severity: 'error', code: 'no-classifier', message, path });
    return undefined;
  }
  const { class: wanted, detection } = target;
  const layers = reaching(base.layers, transfer, { isNamed: written.layers !== undefined, backbone: context.backbone });
  const idle = Array.isArray(written.layers) ? base.layers.filter((layer) => !layers.includes(layer)) : [];
  if (idle.length > 0) return reportIdle(cell, { idle, transfer: transfer!, context });
  return {
    ...base,
    ...(transfer && imagesOf(transfer, written, { base, context })),
    ...{ of, kind: written.kind, ...fillDefaults(attributionFields, written) },
    layers,
    target: { class: wanted, ...(transfer?.task === 'detection' && { detection }) },
    ...(transfer && { transfer: transfer.id }),
  };
}

/** Layers that were named and that the score does not depend on, or not as a map of the image. */
function reportIdle(
  { id, path }: Cell<WrittenAttribution>,
  {
    idle,
    transfer,
    context,
  }: { readonly idle: readonly string[]; readonly transfer: Explained; readonly context: AttributionContext },
): undefined {
  const names = idle.map((layer) => `\`${layer}\``).join(', ');
  const reason =
    transfer.task === 'detection'
      ? `maps of a detection by \`${transfer.model}\` are those of \`layer1\` to \`layer${lastStage(transfer)}\``
      : `\`${transfer.id}\` reads \`${'layers' in transfer ? transfer.layers.at(-1) : ''}\`, which lies before`;
  const message = `\`${id}\` cannot explain by ${names}: ${reason}; name other \`layers\``;
  context.report({ severity: 'error', code: 'idle-layer', message, path: [...path, 'layers'] });
  return undefined;
}

/** The last stage of a detector's backbone that sees the whole image. */
function lastStage({ model }: DetectionTransfer): number {
  return model.endsWith('-c4') ? 3 : 4;
}

interface Target {
  readonly class: string | number;
  readonly detection: number;
  readonly transfer?: string | undefined;
}

function targetOf({ target }: WrittenAttribution): Target {
  if (typeof target !== 'object') return { class: target ?? 'predicted', detection: 0 };
  return { class: target.class ?? 'predicted', detection: target.detection ?? 0, transfer: target.transfer };
}

function isExplained(transfer: TransferSettings): transfer is Explained {
  return ['classification', 'linear-probe', 'detection'].includes(transfer.task);
}

/** The pretrainings' own classifiers where all have one; else the first transfer that classifies images. */
function usualTransfer(of: readonly string[], { transfers, trained }: AttributionContext): Explained | undefined {
  if (of.every((id) => hasClassifier(id, trained))) return undefined;
  return transfers
    .filter(isExplained)
    .find((transfer) => transfer.task !== 'detection' && transfer.of.some((id) => of.includes(id)));
}

function named(id: string, { path, id: analysis }: Cell<WrittenAttribution>, context: AttributionContext) {
  const wish = {
    ...{ id, place: [...path, 'target', 'transfer'], fits: isExplained },
    says: `\`${analysis}\` explains classifications, linear probes and detections`,
    none: 'add a linear-probe, a classification or a detection',
  };
  return findTransfer(wish, context);
}

/** Images as the transfer was tested on them, unless the analysis says otherwise. A detector sees its own data alone. */
function imagesOf(
  transfer: Explained,
  { data, split, imageSize }: WrittenAttribution,
  { base, context }: { readonly base: Base; readonly context: AttributionContext },
): Pick<Base, 'data' | 'split' | 'imageSize'> {
  const isDetection = transfer.task === 'detection';
  const isOwn = data === undefined || isDetection;
  const usual = context.data[isOwn ? transfer.data : base.data]!;
  return {
    data: isOwn ? transfer.data : base.data,
    split: split ?? (isOwn ? transfer.test : usual.test),
    imageSize: imageSize ?? (isDetection ? base.imageSize : transfer.imageSize),
  };
}

/** Layers from which something reaches the score: those up to the probe's, stages of a detector, tokens before the last block's. */
function reaching(
  layers: readonly string[],
  transfer: Explained | undefined,
  { isNamed, backbone }: { readonly isNamed: boolean; readonly backbone: BackboneSettings },
): readonly string[] {
  const all = layerNames(backbone);
  if (transfer?.task === 'detection') {
    return layers.filter((layer) => /^layer[1-4]$/.test(layer) && Number(layer.at(-1)) <= lastStage(transfer));
  }
  const end = transfer?.task === 'linear-probe' ? all.indexOf(transfer.layers.at(-1)!) : all.length;
  const before = layers.filter((layer) => all.indexOf(layer) <= end);
  if (isNamed || !/^blocks\..*\.patch_tokens$/.test(before.at(-1) ?? '')) return before;
  // The class token of the last block has seen the patches of the one before; its own patches are read by nobody.
  const blocks = all.filter((layer) => /^blocks\.\d+\.patch_tokens$/.test(layer));
  return [...new Set(before.map((layer) => (layer === blocks.at(-1) && blocks.length > 1 ? blocks.at(-2)! : layer)))];
}
