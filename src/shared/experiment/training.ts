/** Which training made a pretraining's weights. */
import { trainedMethods } from './methods';
import type { PretrainingSettings, TrainedPretraining } from './schema';

/** Whether it is trained here itself. */
export function isTrained(pretraining: PretrainingSettings): pretraining is TrainedPretraining {
  return (trainedMethods as readonly string[]).includes(pretraining.method);
}

/** The training that a pretraining is the end or a snapshot of; undefined for random and imported weights. */
export function trainingOf(id: string, pretrainings: readonly PretrainingSettings[]): TrainedPretraining | undefined {
  const own = pretrainings.find((one) => one.id === id);
  const source = own?.method === 'snapshot' ? pretrainings.find((one) => one.id === own.of) : own;
  return source && isTrained(source) ? source : undefined;
}

/** Whether a pretraining's weights come with a classifier of the data that it was trained on. */
export function hasClassifier(id: string, pretrainings: readonly PretrainingSettings[]): boolean {
  return trainingOf(id, pretrainings)?.method === 'supervised';
}
