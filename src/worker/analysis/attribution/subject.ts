/** What is explained: one image, and a score of it. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Explanation } from '../../../shared/results/attribution';
import type { Backbone, Offsets } from '../../models/backbone';

/** A score of changed copies of an image: [N, H, W, 3] → [N]. Differentiable; call it inside tidy. */
export type Score = (images: tf.Tensor4D, offsets?: Offsets) => tf.Tensor1D;

export interface Subject {
  /** Place in `Explainer.images`. */
  readonly image: number;
  /** The network's input: [height, width, 3], normalised. */
  readonly values: Float32Array;
  readonly height: number;
  readonly width: number;
  readonly score: Score;
  readonly about: Pick<Explanation, 'class' | 'probability' | 'predicted'>;
  /** Of a detection: its box in px of the input, x1, y1, x2, y2. */
  readonly detection?: { readonly rank: number; readonly confidence: number; readonly box: Float32Array };
}

/** A model, and images with something to explain in them. */
export interface Explainer {
  readonly backbone: Backbone;
  readonly classes: readonly string[];
  readonly split: string;
  readonly images: readonly { readonly place: number; readonly name: string; readonly label: string }[];
  /** One after the other; images in which there is nothing to explain are left out and named in `notes`. */
  subjects(): AsyncIterable<Subject>;
  readonly notes: string[];
}
