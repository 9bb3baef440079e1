/** Networks by their names. A new kind is an import and a line here. */
import { convNexts, resnets, transformers, type BackboneName } from '../../shared/experiment/backbones/config';
import type { Random } from '../../shared/random';
import type { Backbone, BackboneConfig } from './backbone';
import { createConvNext } from './convnext/convNext';
import { createResNet } from './resnet/resnet';
import { createVit } from './vit/vit';

type Create = (config: BackboneConfig, random: Random) => Backbone;

const membersOf = (variants: Readonly<Partial<Record<BackboneName, unknown>>>, create: Create) =>
  Object.keys(variants).map((name) => [name, create] as const);

const networks = Object.fromEntries([
  ...membersOf(resnets, createResNet),
  ...membersOf(transformers, createVit),
  ...membersOf(convNexts, createConvNext),
]) as Readonly<Record<BackboneName, Create>>;

/** A backbone with freshly drawn weights; the caller disposes it. config: one without a backboneProblem. */
export function createBackbone(config: BackboneConfig, random: Random): Backbone {
  return networks[config.name](config, random);
}
