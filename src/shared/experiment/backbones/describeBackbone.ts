/** A backbone in a few words, for messages. */
import { architectureOf } from './architectures';
import { completeBackbone } from './complete';
import type { BackboneConfig } from './config';

/** `resnet50`, `resnet18 (width 16, stem small)`: the name, and what is not as usual. */
export function describeBackbone(config: BackboneConfig): string {
  const { settings } = architectureOf(config);
  const usual = completeBackbone({ name: config.name });
  const parts = settings
    .filter((key) => config[key] !== undefined && String(config[key]) !== String(usual[key]))
    .map((key) => `${key} ${String(config[key])}`);
  return parts.length === 0 ? config.name : `${config.name} (${parts.join(', ')})`;
}

/** `resnet18 with the `small` stem`: the name, and the part that decides which layers a ResNet has and how much it shrinks. */
export function nameWithStem(config: BackboneConfig): string {
  const hasStems = architectureOf(config).settings.includes('stem');
  return hasStems ? `${config.name} with the \`${config.stem}\` stem` : config.name;
}
