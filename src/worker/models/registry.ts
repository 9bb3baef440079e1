/** Backbones by name. A new family is an import and a line here. */
import type { Random } from '../../shared/random';
import type { Backbone, BackboneConfig } from './backbone';
import { createResNet } from './resnet';

const families: Readonly<Record<BackboneConfig['name'], (config: BackboneConfig, random: Random) => Backbone>> = {
  resnet18: createResNet,
  resnet34: createResNet,
  resnet50: createResNet,
  resnet101: createResNet,
};

/** A backbone with freshly drawn weights; the caller disposes it. */
export function createBackbone(config: BackboneConfig, random: Random): Backbone {
  return families[config.name](config, random);
}
