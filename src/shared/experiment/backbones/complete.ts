/**
 * A backbone's settings with their defaults. What later versions added is left out where it is as usual: the resolved settings
 * enter content keys, and those of older experiments must not change.
 */
import { architectureOf } from './architectures';
import type { BackboneConfig } from './config';

/** Settings as somebody writes them. */
export type WrittenBackbone = Pick<BackboneConfig, 'name'> & {
  readonly [K in keyof BackboneConfig]?: BackboneConfig[K] | undefined;
};

/** Always there, whatever their value. */
const always: readonly (keyof BackboneConfig)[] = ['width', 'stem', 'dilate'];

export function completeBackbone(written: WrittenBackbone): BackboneConfig {
  const usual = architectureOf(written).usual(written.name);
  const entries = (Object.keys(usual) as (keyof typeof usual)[]).flatMap((key) => {
    const value = written[key] ?? usual[key];
    return always.includes(key) || value !== usual[key] ? [[key, value] as const] : [];
  });
  return { name: written.name, ...Object.fromEntries(entries) } as BackboneConfig;
}
