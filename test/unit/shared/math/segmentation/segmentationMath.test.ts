/** Counting pixels fast, outlines and intervals of segmentations, against loops that say what is meant. */
import { describe, expect, it } from 'vitest';
import {
  boundaryDistance,
  countBoundary,
  createBoundaryCounts,
  scoreBoundary,
} from '../../../../../src/shared/math/segmentation/boundaryIou';
import { bootstrapMeanIou, totalsOf } from '../../../../../src/shared/math/segmentation/bootstrapIou';
import {
  addConfusion,
  confusionOfPairs,
  countPairs,
  countRuns,
  createPixelConfusion,
  scoreSegmentation,
} from '../../../../../src/shared/math/segmentation/pixelConfusion';
import { runsOfLabels } from '../../../../../src/shared/formats/labelRuns';
import { deriveRandom } from '../../../../../src/shared/random';

/** Blocks of classes, some pixels changed, so that there are runs and single pixels. */
function drawLabels(name: string, width: number, height: number, classes: number): Uint8Array {
  const random = deriveRandom(1, name);
  const blocks = Array.from({ length: 64 }, () => random.integer(classes));
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    const block = blocks[(Math.floor(y / 7) * 8 + Math.floor(x / 9)) % 64]!;
    return random.uniform() < 0.03 ? random.integer(classes) : block;
  });
}

describe('pairs of labels', () => {
  it.each([
    [1, 1],
    [37, 23],
    [64, 40],
  ])('are counted as one by one, %i × %i', (width, height) => {
    const [truth, predicted] = [drawLabels('t', width, height, 5), drawLabels('p', width, height, 6)];
    truth[0] = 255;
    const expected = new Float64Array(65_536);
    truth.forEach((label, i) => expected[label * 256 + predicted[i]!]!++);
    expect(countPairs(truth, predicted)).toEqual(expected);
    // Views that do not begin at a multiple of four bytes.
    const shifted = new Uint8Array(truth.length + 1);
    shifted.set(truth, 1);
    expect(countPairs(shifted.subarray(1), predicted)).toEqual(expected);
    expect(countPairs(Buffer.from(shifted.buffer, 1), predicted)).toEqual(expected);
  });

  it('become classes by a table, void pixels left out', () => {
    const truth = Uint8Array.of(7, 7, 8, 8, 0, 255);
    const predicted = Uint8Array.of(7, 8, 8, 0, 7, 7);
    const meaning = new Uint16Array(256).fill(2);
    meaning[7] = 0;
    meaning[8] = 1;
    const { counts } = confusionOfPairs(countPairs(truth, predicted), 2, { truth: meaning, predicted: meaning });
    expect([...counts]).toEqual([1, 1, 0, 0, 1, 1]);
  });

  it('are counted by their runs, as one by one', () => {
    const size = { width: 37, height: 23 };
    const [truth, predicted] = [drawLabels('t', 37, 23, 5), drawLabels('p', 37, 23, 6)];
    const meanings = { numClasses: 4, truth: [0, 1, 300, 3, 2], predicted: [9, 0, 1, 2, 3, 4] };
    const unjudged = new Float64Array(256);
    const { counts } = countRuns(runsOfLabels(truth, size), runsOfLabels(predicted, size), meanings, unjudged);
    const expected = createPixelConfusion(4);
    truth.forEach((label, i) => {
      const [t, p] = [meanings.truth[label]!, Math.min(meanings.predicted[predicted[i]!]!, 4)];
      if (t < 4) expected.counts[t * 5 + p]!++;
    });
    expect(counts).toEqual(expected.counts);
    expect(counts[4]).toBeGreaterThan(0);
    expect([...unjudged].filter((pixels) => pixels > 0)).toEqual([truth.filter((label) => label === 2).length]);
    expect(unjudged[2]).toBeGreaterThan(0);
  });
});

describe('boundary IoU', () => {
  const [width, height, classes] = [41, 30, 3];
  const truth = drawLabels('boundary truth', width, height, classes);
  const predicted = drawLabels('boundary prediction', width, height, classes);
  truth.fill(255, 5 * width, 9 * width);

  it.each([1, 2, 4])('is what eroding each class pixel by pixel gives, %i px', (distance) => {
    const counts = createBoundaryCounts(classes);
    countBoundary(counts, { width, height, truth, predicted }, distance);
    const found = predicted.map((label, i) => (truth[i] === 255 ? 255 : label));
    const isEdge = (labels: Uint8Array, i: number): boolean => {
      const [x, y] = [i % width, Math.floor(i / width)];
      for (let dy = -distance; dy <= distance; dy++)
        for (let dx = -distance; dx <= distance; dx++) {
          const isOutside = x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height;
          if (isOutside || labels[i + dy * width + dx] !== labels[i]) return true;
        }
      return false;
    };
    for (let k = 0; k < classes; k++) {
      const places = [...truth.keys()].filter((i) => truth[i] !== 255);
      const inTruth = new Set(places.filter((i) => truth[i] === k && isEdge(truth, i)));
      const inFound = new Set(places.filter((i) => found[i] === k && isEdge(found, i)));
      const both = [...inTruth].filter((i) => inFound.has(i)).length;
      expect([counts.shared[k], counts.truth[k], counts.predicted[k]]).toEqual([both, inTruth.size, inFound.size]);
    }
    expect(scoreBoundary(counts).meanIou).toBeGreaterThan(0);
  });

  it('is 1 for a perfect prediction, whatever it says of void pixels', () => {
    const counts = createBoundaryCounts(classes);
    const perfect = truth.map((label) => (label === 255 ? 1 : label));
    countBoundary(counts, { width, height, truth, predicted: perfect }, 3);
    expect(scoreBoundary(counts)).toEqual({ meanIou: 1, iou: [1, 1, 1] });
  });

  it('looks two hundredths of the diagonal far', () => {
    expect(boundaryDistance(2048, 1024)).toBe(46);
    expect(boundaryDistance(3, 4)).toBe(1);
  });
});

describe('the interval of the mean IoU', () => {
  const meaning = Uint16Array.from({ length: 256 }, (_, value) => value);
  const images = Array.from({ length: 40 }, (_, i) => {
    const [truth, predicted] = [drawLabels(`t${i}`, 20, 20, 3), drawLabels(`t${i}`, 20, 20, 3)];
    const wrong = deriveRandom(2, 'wrong', i);
    const share = wrong.uniform();
    predicted.forEach((_, place) => wrong.uniform() < share && (predicted[place] = 0));
    return confusionOfPairs(countPairs(truth, predicted), 3, { truth: meaning, predicted: meaning });
  });
  const sum = createPixelConfusion(3);
  images.forEach((image) => addConfusion(sum, image));
  const totals = images.map(totalsOf);

  it('holds the value of all images and repeats with its seed', () => {
    const interval = bootstrapMeanIou(totals, { seed: 3 })!;
    const { meanIou } = scoreSegmentation(sum);
    expect(interval.low).toBeLessThan(meanIou);
    expect(interval.high).toBeGreaterThan(meanIou);
    expect(bootstrapMeanIou(totals, { seed: 3 })).toEqual(interval);
    expect(bootstrapMeanIou(totals, { seed: 4 })).not.toEqual(interval);
  });

  it('has the width that the jackknife says', () => {
    const { low, high } = bootstrapMeanIou(totals, { seed: 0, resamples: 2000 })!;
    const without = images.map((_, left) => {
      const rest = createPixelConfusion(3);
      images.forEach((image, i) => i !== left && addConfusion(rest, image));
      return scoreSegmentation(rest).meanIou;
    });
    const mean = without.reduce((a, b) => a + b, 0) / without.length;
    const squares = without.reduce((a, b) => a + (b - mean) ** 2, 0);
    const deviation = Math.sqrt((squares * (without.length - 1)) / without.length);
    expect((high - low) / (2 * 1.96 * deviation)).toBeGreaterThan(0.8);
    expect((high - low) / (2 * 1.96 * deviation)).toBeLessThan(1.2);
  });

  it('is none for one image', () => {
    expect(bootstrapMeanIou(totals.slice(0, 1), { seed: 0 })).toBeUndefined();
  });
});
