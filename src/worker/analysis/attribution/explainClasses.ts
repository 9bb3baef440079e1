/** Classes of whole images as what is explained. */
import * as tf from '@tensorflow/tfjs-core';
import type { AttributionAnalysis } from '../../../shared/experiment/analysisSchema';
import type { ExplainedModel } from '../../../shared/experiment/stages';
import { Cancelled, UserError } from '../../../shared/errors';
import { argMax } from '../../../shared/math/accuracy';
import type { StageContext } from '../../stageContext';
import { openPictures, type Pictures } from '../pictures';
import type { Classifier } from './openClassifier';
import type { Explainer, Subject } from './subject';

export async function explainClasses(
  classifier: Classifier,
  settings: AttributionAnalysis,
  { model, context }: { readonly model: ExplainedModel; readonly context: StageContext },
): Promise<Explainer & { readonly pictures: Pictures }> {
  const pictures = await openPictures(settings, context);
  const wantedOf = await targets(classifier, settings, { pictures, model, context });
  const { size, values, places } = pictures;
  async function* subjects(): AsyncGenerator<Subject> {
    for (let image = 0; image < places.length; image++) {
      if (context.signal.aborted) throw new Cancelled();
      const pixels = values.slice(image * size * size * 3, (image + 1) * size * size * 3);
      const probabilities = await readProbabilities(classifier, pixels, size);
      const best = argMax(probabilities, 0, probabilities.length);
      const index = wantedOf(image) ?? best;
      const about = (one: number) => ({ index: one, name: classifier.classes[one]! });
      yield {
        ...{ image, values: pixels, height: size, width: size },
        score: (images, offsets) => tf.reshape(tf.slice(classifier.logits(images, offsets), [0, index], [-1, 1]), [-1]),
        about: {
          class: about(index),
          probability: probabilities[index]!,
          predicted: { ...about(best), probability: probabilities[best]! },
        },
      };
    }
  }
  const { backbone, classes } = classifier;
  const images = Array.from(places, (place, i) => ({ place, name: pictures.names[i]!, label: pictures.labels[i]! }));
  return { backbone, classes, split: settings.split, images, subjects, notes: [], pictures };
}

async function readProbabilities({ logits }: Classifier, pixels: Float32Array, size: number): Promise<Float32Array> {
  const probabilities = tf.tidy(() => tf.softmax(logits(tf.tensor4d(pixels, [1, size, size, 3]))));
  const values = (await probabilities.data()) as Float32Array;
  probabilities.dispose();
  return values;
}

/** The class that is explained of each image; undefined: what the model says. */
async function targets(
  { classes }: Classifier,
  { id, target, data, split }: AttributionAnalysis,
  {
    pictures,
    model,
    context,
  }: { readonly pictures: Pictures; readonly model: ExplainedModel; readonly context: StageContext },
): Promise<(image: number) => number | undefined> {
  const wanted = target.class;
  if (wanted === 'predicted') return () => undefined;
  if (wanted === 'label') {
    // A transfer can call other things classes than its data does.
    const labels = model.source !== 'pretraining' && model.settings.data === data ? model.settings.labels : undefined;
    const { labels: numbers, classes: names } = await context.data.dataset({
      id: data,
      split,
      ...(labels && { labels }),
    });
    return (image) => placeOf(names[numbers[pictures.places[image]!]!] ?? '', classes, id);
  }
  const index = typeof wanted === 'number' ? wanted : placeOf(wanted, classes, id);
  if (index < classes.length) return () => index;
  throw new UserError(
    'config',
    `\`${id}\` asks for class ${index} of ${classes.length}; name one from 0 to ${classes.length - 1}`,
  );
}

function placeOf(name: string, classes: readonly string[], id: string): number {
  const index = classes.indexOf(name);
  if (index >= 0) return index;
  const some = classes.slice(0, 8).join(', ');
  throw new UserError(
    'config',
    `\`${id}\` is to explain the class "${name}", which the model does not know; it knows ${some}${classes.length > 8 ? ` and ${classes.length - 8} more` : ''}`,
  );
}
