/** Settings of `detection-errors`: which errors the detectors of a transfer make. */
import { z } from 'zod';
import { field } from './fields';

const overlap = z.number().min(0.01).max(0.99);

const errorAreas = ['all', 'small', 'medium', 'large'] as const;

export const detectionErrorsFields = {
  iouType: field(z.enum(['bbox', 'segm']), {
    doc: "What overlaps: boxes, or the masks of `mask-` models. Hoiem's figures are always of boxes.",
    default: 'bbox',
  }),
  foreground: field(overlap, {
    doc: 'Overlap (IoU) from which a detection is right.',
    paper: 'Hoiem 2012 (ECCV), section 2; TIDE, arXiv 2008.08115',
    default: 0.5,
  }),
  background: field(overlap, {
    doc: 'Overlap (IoU) from which a detection is about an object at all.',
    paper: 'Hoiem 2012 (ECCV), section 2; TIDE, arXiv 2008.08115',
    default: 0.1,
  }),
  areas: field(z.array(z.enum(errorAreas)).min(1), {
    doc: "Sizes of objects for which COCO's analysis is made: below 32², below 96², above, in px; `all` of them.",
    default: [...errorAreas],
  }),
  resamples: field(z.int().min(100).max(100_000), {
    doc: 'Draws of the test images from which the intervals of differences to `against` come.',
    default: 1000,
  }),
};

export const detectionErrorsNames = {
  transfer: field(z.string(), {
    doc: 'The detection whose results are looked at, by its id.',
    defaultText: 'the first detection',
  }),
  classes: field(z.array(z.string().min(1)).min(1), {
    doc: 'Classes over which is averaged, by name; the objects of others stay, so that confusions with them are seen.',
    defaultText: 'all',
  }),
  against: field(z.string(), {
    doc: 'Another pretraining, by id: how the errors differ from those of its detector, image by image.',
    defaultText: 'none',
  }),
};
