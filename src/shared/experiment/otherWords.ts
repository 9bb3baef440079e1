/** What other programs call our settings, for "did you mean": too far from our word to be a typing mistake. */

const groups: readonly (readonly string[])[] = [
  ['epochs', 'steps', 'iterations', 'updates', 'iters', 'max_steps', 'max_iter', 'num_epochs'],
  ['learningRate', 'lr', 'base_lr'],
  ['weightDecay', 'wd'],
  ['batch', 'bs', 'batchSize', 'samples_per_gpu'],
  ['encoderMomentum', 'ema', 'momentum_encoder'],
  ['backbone', 'arch', 'network', 'model'],
  ['weights', 'checkpoint', 'ckpt', 'pretrained'],
  ['imageSize', 'resolution', 'img_size'],
  ['method', 'objective', 'algorithm'],
  ['data', 'dataset'],
  ['task', 'protocol', 'evaluation'],
];

const plain = (word: string): string => word.toLowerCase().replace(/[-_. ]/g, '');

/** The first of `known` that means the same as `word` elsewhere; undefined when there is none. */
export function sameMeaning(word: string, known: readonly string[]): string | undefined {
  const group = groups.find((words) => words.some((other) => plain(other) === plain(word)));
  return group?.find((other) => known.includes(other));
}
