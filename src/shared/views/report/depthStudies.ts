/**
 * "Which layers carry the transfer?" A transfer that trains the backbone further has one score, not one for each layer; a
 * matrix over `reinitialise`, `freeze` or `cut` has one for each stage. Such a matrix is read here as one transfer by
 * depth, so that it stands on the axis of probes: at the depth up to which the backbone is kept, frozen or used.
 */
import type { LayerScore, TransferResult } from '../../results/records';

/** Settings that name a stage, and what stands at it. */
const depthSettings = ['reinitialise', 'freeze', 'cut'] as const;
export type DepthSetting = (typeof depthSettings)[number];

/** In depth order; `none` is where it stands on the way for that setting. */
const stages: Readonly<Record<DepthSetting, readonly string[]>> = {
  reinitialise: ['stem', 'layer1', 'layer2', 'layer3', 'layer4', 'none'],
  freeze: ['none', 'stem', 'layer1', 'layer2', 'layer3', 'layer4'],
  cut: ['stem', 'layer1', 'layer2', 'layer3', 'layer4', 'none'],
};

export interface DepthStudy {
  /** `voc by reinitialise` for `voc[layer1]`, `voc[layer2]` … */
  readonly id: string;
  readonly setting: DepthSetting;
  /** In depth order. */
  readonly members: readonly { readonly transfer: string; readonly stage: string }[];
}

export interface StudiedTransfer {
  readonly transfer: string;
  readonly task: string;
  /** As its record holds them. */
  readonly settings: unknown;
}

/** Matrices over one of the settings, at two stages or more; transfers that differ in anything else belong to none. */
export function findDepthStudies(transfers: readonly StudiedTransfer[]): DepthStudy[] {
  const groups = new Map<string, StudiedTransfer[]>();
  for (const one of transfers) {
    const base = /^(.*)\[.*\]$/.exec(one.transfer)?.[1];
    if (base !== undefined) groups.set(base, [...(groups.get(base) ?? []), one]);
  }
  return [...groups].flatMap(([base, all]) =>
    depthSettings.flatMap((setting) => {
      const bySet = new Map<string, StudiedTransfer[]>();
      for (const one of all) {
        const rest = othersOf(one.settings, setting);
        if (rest !== undefined) bySet.set(rest, [...(bySet.get(rest) ?? []), one]);
      }
      return [...bySet.values()]
        .filter((group) => group.length > 1)
        .map((group, i) => createStudy(`${base} by ${setting}${i === 0 ? '' : ` (${i + 1})`}`, setting, group));
    }),
  );
}

function createStudy(id: string, setting: DepthSetting, group: readonly StudiedTransfer[]): DepthStudy {
  const order = stages[setting];
  const members = group.map(({ transfer, settings }) => ({ transfer, stage: valueOf(settings, setting)! }));
  return { id, setting, members: members.sort((a, b) => order.indexOf(a.stage) - order.indexOf(b.stage)) };
}

function valueOf(settings: unknown, key: string): string | undefined {
  const value =
    typeof settings === 'object' && settings !== null ? (settings as Record<string, unknown>)[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** Everything but the setting and the name, as text; undefined where the setting is not there. */
function othersOf(settings: unknown, setting: DepthSetting): string | undefined {
  if (valueOf(settings, setting) === undefined) return undefined;
  const { id: _id, about: _about, [setting]: _own, ...rest } = settings as Record<string, unknown>;
  return JSON.stringify(rest);
}

/**
 * One result with a layer for each stage, from the results of the members that are there (same order, undefined where one
 * is missing); undefined when all are. `depths`: of the backbone's layers, 0..1; quarters where they are not known.
 */
export function joinStudy(
  { members, setting }: DepthStudy,
  results: readonly (TransferResult | undefined)[],
  depths: ReadonlyMap<string, number> | undefined,
): TransferResult | undefined {
  const first = results.find((result) => result !== undefined);
  if (!first) return undefined;
  const layers = members.flatMap(({ stage }, i): LayerScore[] => {
    const result = results[i];
    const { metric, value } = result?.headline ?? {};
    if (!result || metric === undefined || value === undefined) return [];
    return [
      {
        layer: stage,
        depth: depthAt(setting, stage, depths),
        dimension: 0,
        metrics: { ...result.metrics, [metric]: value },
      },
    ];
  });
  const last = layers.at(-1)!;
  const { metric } = first.headline;
  return { ...first, layers, headline: { metric, layer: last.layer, value: last.metrics[metric]! } };
}

/** How much of the backbone is kept, frozen or used: what `reinitialise` names is not kept, what the others name is. */
function depthAt(setting: DepthSetting, stage: string, depths: ReadonlyMap<string, number> | undefined): number {
  const place = stages[setting].indexOf(stage);
  const end = setting === 'reinitialise' ? place - 1 : setting === 'freeze' ? place - 1 : Math.min(place, 4);
  if (end < 0) return 0;
  const name = end === 0 ? 'relu' : `layer${end}`;
  return depths?.get(name) ?? end / 4;
}

/** What the places on the axis are. */
export function describeSetting(setting: DepthSetting): string {
  if (setting === 'reinitialise') return 'by the stage from which on weights are drawn anew (none: all are pretrained)';
  if (setting === 'freeze') return 'by the last stage that is frozen (none: all are trained)';
  return 'by the last stage that is used (none: all)';
}
