/** What can be analysed from a panel, and what is chosen in its menu as an entry of the experiment file. Pure. */
import type { AnalysisText } from '../../src/shared/experiment/addAnalysis';
import type { AnalysisOffer } from '../../src/shared/protocol/panels/analysisStart';
import { isFeaturesKind } from '../../src/shared/protocol/panels/featuresPanel';
import type { SelectedImage } from '../../src/shared/protocol/panels/selection';

/** What the panel is about, and what is chosen in it. */
export interface AnalysisContext {
  readonly offer: AnalysisOffer;
  /** Kinds that the panel is about; those that cannot be computed are left out. */
  readonly kinds: readonly string[];
  /** Looked at by itself; what else is offered is a number of images. */
  readonly image?: SelectedImage & { readonly place: number };
  /** Chosen at first; all when absent. */
  readonly models?: readonly string[];
  readonly seed?: number;
  /** Kinds that work layer by layer, beside those of single images; others take all layers by themselves. */
  readonly layered?: readonly string[];
  /** Settings of a kind that the panel knows best. */
  readonly settings?: (kind: string) => Readonly<Record<string, unknown>>;
}

/** What is chosen in the menu. */
export interface MenuChoices {
  readonly kind: string;
  /** Drawn images instead of the one that is looked at. */
  readonly isWhole: boolean;
  readonly isQuick: boolean;
  readonly models: readonly string[];
  readonly layers: readonly string[];
}

/** Kinds that the panel is about and that can be computed. */
export function offeredKinds({ offer, kinds }: AnalysisContext): AnalysisOffer['kinds'] {
  return offer.kinds.filter(({ kind }) => kinds.includes(kind));
}

export function isLayered({ layered }: AnalysisContext, kind: string): boolean {
  return isFeaturesKind(kind) || (layered?.includes(kind) ?? false);
}

/** The image that is looked at, where an analysis of the kind can be of it alone. */
export function imageFor({ image }: AnalysisContext, kind: string): AnalysisContext['image'] {
  return isFeaturesKind(kind) ? image : undefined;
}

/** As it stands in the experiment; what is as usual is left out. Undefined where nothing can be started. */
export function composeAnalysis(context: AnalysisContext, choices: MenuChoices): AnalysisText | undefined {
  const { offer, settings } = context;
  const one = offeredKinds(context).find(({ kind }) => kind === choices.kind);
  if (!one || offer.refusal !== undefined) return undefined;
  const { kind } = one;
  const takes = (key: string): boolean => one.settings.includes(key);
  const image = choices.isWhole ? undefined : imageFor(context, kind);
  const { models: of, layers } = choices;
  const isAll = of.length === offer.pretrainings.length;
  const isUsual = isFeaturesKind(kind) && layers.join() === offer.usual.join();
  return {
    kind,
    ...(takes('between') ? { between: of } : takes('of') && !isAll && { of }),
    ...(image && { data: image.data, split: image.split, images: [image.place] }),
    ...(isLayered(context, kind) && takes('layers') && !isUsual && layers.length > 0 && { layers }),
    ...(takes('quick') && choices.isQuick && { quick: true }),
    ...Object.fromEntries(Object.entries(settings?.(kind) ?? {}).filter(([key]) => takes(key))),
  };
}
