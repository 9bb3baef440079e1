/**
 * Vision transformers as DeiT, DINO, MAE and timm define them (plan and papers in shared/experiment/backbones/vit): same names,
 * order and outputs. Left out: distillation tokens, register tokens, relative positions, stochastic depth.
 */
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../../shared/errors';
import {
  blockNames,
  classTokenOf,
  patchTokensOf,
  planVit,
  type VitPlan,
} from '../../../shared/experiment/backbones/vit';
import type { Random } from '../../../shared/random';
import { attention } from '../../ops/attention';
import { gelu } from '../../ops/gelu';
import { globalAveragePool } from '../../ops/pool';
import { applyBlock } from '../applyBlock';
import type { Backbone, BackboneConfig, BackboneOutput, ForwardOptions } from '../backbone';
import { addBiasedConv, addNorm, addNormalLinear, drawNormal } from '../initialise';
import { applyBiasedConv, applyLinear, applyNorm } from '../layers';
import { StagelessBackbone } from '../stageless';
import { inOrder, Taps } from '../taps';
import { interpolatePositions } from './positions';

/** A transformer with freshly drawn weights; the caller disposes it. */
export function createVit(config: BackboneConfig, random: Random): Backbone {
  return new Vit(config, random);
}

/** Sides of the grid of patches. */
interface Grid {
  readonly height: number;
  readonly width: number;
}

class Vit extends StagelessBackbone {
  private readonly plan: VitPlan;

  constructor(config: BackboneConfig, random: Random) {
    super(config);
    this.plan = planVit(config);
    this.addWeights(random);
  }

  forward(images: tf.Tensor4D, { taps = [], offsets }: ForwardOptions): BackboneOutput {
    const outputs = tf.tidy(() => {
      const collected = new Taps(taps, this.layers, offsets);
      const map = applyBiasedConv(this.weights, 'patch_embed.proj', images, { stride: this.plan.patch });
      const [count, height, width, channels] = map.shape;
      if (height * width === 0) this.refuse(images);
      const patches = collected.keep<tf.Tensor3D>('patch_embed', tf.reshape(map, [count, height * width, channels]));
      const embedded = this.embed(patches, { height, width });
      const last = blockNames(this.plan).reduce((x, block) => {
        const y = applyBlock(this, block, x, (entry) => this.applyBlock(block, entry));
        return keepParts(collected, block, y, { height, width });
      }, embedded);
      const pooled = this.pool(last, { height, width }, collected);
      return { pooled, kept: collected.kept };
    });
    return { pooled: outputs.pooled, taps: inOrder(taps, outputs.kept) };
  }

  private addWeights(random: Random): void {
    const { weights, plan } = this;
    const { width, patch, grid, hidden } = plan;
    tf.tidy(() => {
      weights.add('cls_token', tf.tensor3d(drawNormal(width, random), [1, 1, width]), 'parameter', 'plain');
      const positions = drawNormal((1 + grid ** 2) * width, random);
      weights.add('pos_embed', tf.tensor3d(positions, [1, 1 + grid ** 2, width]), 'parameter', 'plain');
    });
    const embedding = { name: 'patch_embed.proj', kernel: patch, inChannels: 3, outChannels: width };
    addBiasedConv(weights, embedding, { random, initialisation: 'torch' });
    const addLinear = (name: string, inputs: number, outputs: number) =>
      addNormalLinear(weights, { name, inputs, outputs }, random);
    for (const block of blockNames(plan)) {
      addNorm(weights, `${block}.norm1`, width);
      addLinear(`${block}.attn.qkv`, width, 3 * width);
      addLinear(`${block}.attn.proj`, width, width);
      addNorm(weights, `${block}.norm2`, width);
      addLinear(`${block}.mlp.fc1`, width, hidden);
      addLinear(`${block}.mlp.fc2`, hidden, width);
    }
    addNorm(weights, 'norm', width);
  }

  /** patches: [N, P, C] → the class token before them, positions added, [N, 1 + P, C]. */
  private embed(patches: tf.Tensor3D, { height, width }: Grid): tf.Tensor3D {
    const [count, , channels] = patches.shape;
    const { grid, positions: method } = this.plan;
    const table: tf.Tensor2D = tf.reshape(this.weights.get('pos_embed'), [1 + grid ** 2, channels]);
    const ofClass = tf.slice(table, [0, 0], [1, channels]);
    const ofPatches = interpolatePositions(tf.slice(table, [1, 0], [grid ** 2, channels]), {
      grid,
      height,
      width,
      method,
    });
    const classToken = tf.tile(this.weights.get('cls_token') as tf.Variable<tf.Rank.R3>, [count, 1, 1]);
    const tokens: tf.Tensor3D = tf.concat([classToken, patches], 1);
    return tf.add(tokens, tf.concat([ofClass, ofPatches], 0));
  }

  /** x + attention(norm(x)), then + mlp(norm(…)). x: [N, T, C]. */
  private applyBlock(block: string, x: tf.Tensor3D): tf.Tensor3D {
    const { weights, plan } = this;
    const [count, tokens, channels] = x.shape;
    const rows: tf.Tensor2D = tf.reshape(x, [count * tokens, channels]);
    const qkv = applyLinear(weights, `${block}.attn.qkv`, applyNorm(weights, `${block}.norm1`, rows));
    const mixed = attention(tf.reshape(qkv, [count, tokens, 3 * channels]), plan.heads);
    const attended = applyLinear(weights, `${block}.attn.proj`, tf.reshape(mixed, rows.shape));
    const middle = tf.add<tf.Tensor2D>(rows, attended);
    const hidden = applyLinear(weights, `${block}.mlp.fc1`, applyNorm(weights, `${block}.norm2`, middle));
    const end = tf.add(middle, applyLinear(weights, `${block}.mlp.fc2`, gelu(hidden)));
    return tf.reshape(end, x.shape);
  }

  /** x: [N, 1 + P, C]. Returns [N, C]. */
  private pool(x: tf.Tensor3D, grid: Grid, taps: Taps): tf.Tensor2D {
    if (this.plan.globalPool === 'avg') {
      const mean = globalAveragePool(patchMap(x, grid));
      return taps.keep('norm', applyNorm(this.weights, 'norm', mean));
    }
    const whole = ['norm', patchTokensOf('norm')];
    const isWhole = whole.some((name) => taps.wants(name) || taps.offset(name) !== undefined);
    if (!isWhole) return taps.keep(classTokenOf('norm'), applyNorm(this.weights, 'norm', classToken(x)));
    return classToken(keepParts(taps, 'norm', applyNorm(this.weights, 'norm', x), grid));
  }

  private refuse({ shape }: tf.Tensor4D): never {
    const { patch } = this.plan;
    throw new UserError(
      'config',
      `images of ${shape[1]} × ${shape[2]} px hold no patch of ${patch} px; use images of at least ${patch} px a side`,
    );
  }
}

/** A module's output and the two parts of it, as the rest of the network is to read it. x: [N, 1 + P, C]. */
function keepParts(taps: Taps, module: string, x: tf.Tensor3D, grid: Grid): tf.Tensor3D {
  const output = movePatches(taps.keep(module, x), taps.offset(patchTokensOf(module)));
  if (taps.wants(classTokenOf(module))) taps.keep(classTokenOf(module), classToken(output));
  // Its offset is in already.
  if (taps.wants(patchTokensOf(module))) taps.kept[patchTokensOf(module)] = patchMap(output, grid);
  return output;
}

/** offset: [N, height, width, C]. */
function movePatches(x: tf.Tensor3D, offset: tf.Tensor | undefined): tf.Tensor3D {
  if (offset === undefined) return x;
  const [count, tokens, channels] = x.shape;
  const rows: tf.Tensor3D = tf.reshape(offset, [count, tokens - 1, channels]);
  return tf.add(
    x,
    tf.pad(rows, [
      [0, 0],
      [1, 0],
      [0, 0],
    ]),
  );
}

/** [N, 1 + P, C] → [N, C] */
function classToken(x: tf.Tensor3D): tf.Tensor2D {
  const [count, , channels] = x.shape;
  return tf.reshape(tf.slice(x, [0, 0, 0], [count, 1, channels]), [count, channels]);
}

/** [N, 1 + P, C] → [N, height, width, C] */
function patchMap(x: tf.Tensor3D, { height, width }: Grid): tf.Tensor4D {
  const [count, , channels] = x.shape;
  const patches = tf.slice(x, [0, 1, 0], [count, height * width, channels]);
  return tf.reshape(patches, [count, height, width, channels]);
}
