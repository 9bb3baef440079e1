/** Kinds of networks by the names of their members. A new kind is a file beside this one and a line here. */
import type { Architecture } from './architecture';
import { convNexts, resnets, transformers, type BackboneConfig, type BackboneName } from './config';
import { convNext } from './convNext';
import { resnet } from './resnet';
import { vit } from './vit';

const membersOf = (variants: Readonly<Partial<Record<BackboneName, unknown>>>, architecture: Architecture) =>
  Object.keys(variants).map((name) => [name, architecture] as const);

const architectures = Object.fromEntries([
  ...membersOf(resnets, resnet),
  ...membersOf(transformers, vit),
  ...membersOf(convNexts, convNext),
]) as Readonly<Record<BackboneName, Architecture>>;

export function architectureOf({ name }: Pick<BackboneConfig, 'name'>): Architecture {
  return architectures[name];
}
