/** From a pretraining's settings to its learner; the registry of trained methods. */
import type { BackboneSettings, TrainedPretraining } from '../../shared/experiment/schema';
import { deriveRandom } from '../../shared/random';
import type { Dataset } from '../data/dataset';
import { createHead } from '../models/heads';
import { createBackbone } from '../models/registry';
import { KeyQueue } from '../objectives/keyQueue';
import { MemoryBank } from '../objectives/memoryBank';
import type { Peers } from '../train/peers';
import { InstDiscLearner } from './instDiscLearner';
import type { Learner } from './learner';
import { MomentumLearner } from './momentumLearner';
import { SupervisedLearner } from './supervisedLearner';
import { TrainingPasses } from './trainingPasses';

/** Fresh networks and memories drawn from the seed. The backbone's start is the same for every method (and for `random`). */
export function createLearner(
  settings: TrainedPretraining,
  plan: {
    readonly backbone: BackboneSettings;
    readonly dataset: Dataset;
    readonly seed: number;
    /** The processes that share the parts of each update. */
    readonly peers?: Peers;
  },
): Learner {
  const { dataset, seed } = plan;
  const training = new TrainingPasses(settings.batchNormGroups, plan.peers);
  const backbone = () => createBackbone(plan.backbone, deriveRandom(seed, 'backbone'));
  const online = backbone();
  online.recompute = settings.recompute;
  const inputSize = online.featureSize;
  if (settings.method === 'supervised') {
    const config = { kind: 'classifier', inputSize, outputSize: dataset.classes.length } as const;
    return new SupervisedLearner(online, createHead(config, deriveRandom(seed, 'head')), training);
  }
  const { head: kind, dimension, temperature } = settings;
  const head = () => createHead({ kind, inputSize, outputSize: dimension }, deriveRandom(seed, 'head'));
  if (settings.method === 'instdisc') {
    const { form, momentum: bankMomentum } = settings.bank;
    const bank = new MemoryBank({ size: dataset.length, dimension, random: deriveRandom(seed, 'bank') });
    const negatives = Math.min(settings.bank.negatives, dataset.length);
    return new InstDiscLearner({
      ...{ backbone: online, head: head(), bank, form, negatives },
      ...{ bankMomentum, temperature, training, seed },
    });
  }
  return new MomentumLearner({
    method: settings.method,
    online: { backbone: online, head: head() },
    slow: { backbone: backbone(), head: head() },
    queue: new KeyQueue({ size: settings.queue, dimension, random: deriveRandom(seed, 'queue') }),
    ...{ temperature, training, seed, encoderMomentum: settings.encoderMomentum },
  });
}
