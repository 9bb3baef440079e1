/** What the curves of a detector's training show: precision on the way, and the parts of its loss. Pure. */
import type { CurveFormat } from './thinnedCurve';

type Note = readonly [title: string, format: CurveFormat, explain: () => string];

const precision = (title: string, what: string): Note => [
  title,
  'share',
  () =>
    `Average precision ${what} on test images, measured on the way (\`evaluateEvery\`). It should rise and level off.`,
];
const term = (title: string, what: string): Note => [
  title,
  'number',
  () => `A part of the loss: ${what}. It should fall.`,
];

const scores: Readonly<Record<string, Note>> = {
  ap: precision('Average precision', 'over IoU 0.50 to 0.95'),
  ap50: precision('AP at IoU 0.50', 'where half of box and object overlap'),
  ap75: precision('AP at IoU 0.75', 'of well placed boxes'),
  apSmall: precision('AP of small objects', 'of objects under 32² px'),
  apMedium: precision('AP of medium objects', 'of objects of 32² to 96² px'),
  apLarge: precision('AP of large objects', 'of objects over 96² px'),
  maskAp: precision('Mask AP', 'of masks over IoU 0.50 to 0.95'),
  maskAp50: precision('Mask AP at IoU 0.50', 'of masks of which half overlaps'),
  maskAp75: precision('Mask AP at IoU 0.75', 'of well cut masks'),
  ar100: [
    'Recall with 100 detections',
    'share',
    () => 'Objects found by the 100 surest detections of each image, mean over IoU 0.50 to 0.95.',
  ],
};

/** Metrics that are measured on test images: too few to a training to be smoothed. */
export const detectionScores: readonly string[] = [
  ...Object.keys(scores),
  'maskApSmall',
  'maskApMedium',
  'maskApLarge',
  'maskAr100',
];

/** Precision first, then proposals, then the parts of the loss of every detector. */
export const detectionNotes: Readonly<Record<string, Note>> = {
  ...scores,
  proposalRecall: [
    'Objects that proposals cover',
    'share',
    () =>
      'Share of the batch’s objects that any proposal overlaps by half or more: what the second stage can still find. It should come near 100 % early.',
  ],
  classification: term('Loss of classes', 'which class is where'),
  bbox_regression: term('Loss of boxes', 'where the edges are'),
  bbox_ctrness: term('Loss of centres', 'how central a place is; it ends well above 0'),
  loss_objectness: term('Loss of proposals', 'whether there is any object'),
  loss_rpn_box_reg: term('Loss of the proposals’ boxes', 'where their edges are'),
  loss_classifier: term('Loss of classes', 'which class a region holds'),
  loss_box_reg: term('Loss of boxes', 'where the edges of a region’s object are'),
  loss_mask: term('Loss of masks', 'which pixels of a region are its object'),
};
