/** Settings of `attribution`: which parts of an image speak for a class, or for a detection. */
import { z } from 'zod';
import { field } from './fields';

const whole = (low: number, high: number) => z.int().min(low).max(high);

const attributionMethods = ['grad-cam', 'occlusion'] as const;

const classOf = z.union([z.string().min(1).max(500), whole(0, 1_000_000)]);

export const targetField = {
  target: field(
    z.union([
      classOf,
      z.strictObject({
        transfer: field(z.string(), {
          doc: 'Whose scores are explained: a classification, a linear probe or a detection, by its id.',
          defaultText: "the pretraining's own classifier, else the first classification or linear probe",
        }),
        class: field(classOf, {
          doc: 'As `target` without a mapping: a class, `predicted` or `label`.',
          default: 'predicted',
        }),
        detection: field(whole(0, 999), {
          doc: 'Of a detection: which one of each image, counted from 0 by falling confidence.',
          default: 0,
        }),
      }),
    ]),
    {
      doc: 'What is explained: `predicted` (what the model says), `label` (the class that the image has), a class by name or by number from 0; or a mapping that also says whose scores.',
      default: 'predicted',
    },
  ),
};

export const attributionFields = {
  methods: field(z.array(z.enum(attributionMethods)).min(1), {
    doc: 'How: `grad-cam` weights the channels of a layer by their gradients, one map for each layer; `occlusion` hides one part of the image after the other and watches the score.',
    paper: 'Selvaraju 2017, arXiv 1610.02391; Zeiler 2014, arXiv 1311.2901, section 4.2',
    default: ['grad-cam', 'occlusion'],
  }),
  window: field(whole(1, 16), {
    doc: 'Side of the square that `occlusion` hides, in steps; a part counts by the mean over all squares that hide it.',
    unit: 'steps',
    default: 2,
  }),
  steps: field(whole(2, 64), {
    doc: 'In how many steps the square of `occlusion` crosses the longer side of an image.',
    default: 14,
  }),
};
