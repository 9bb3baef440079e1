/** Confusion matrix and what follows from it. Rows are the truth, columns the prediction, as in scikit-learn. */

/** Counts [numClasses, numClasses]; entry (t, p) = images of class t predicted as p. Predictions outside 0..numClasses-1 are left out. */
export function confusionMatrix(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  numClasses: number,
): Int32Array {
  const counts = new Int32Array(numClasses * numClasses);
  for (let i = 0; i < labels.length; i++) {
    const predicted = predictions[i]!;
    if (predicted < 0 || predicted >= numClasses) continue;
    const cell = labels[i]! * numClasses + predicted;
    counts[cell] = counts[cell]! + 1;
  }
  return counts;
}

/** Share of each class's images that were predicted right (recall), [numClasses] in 0..1; NaN for a class without images. */
export function perClassAccuracy(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  numClasses: number,
): Float64Array {
  const right = new Float64Array(numClasses);
  const total = new Float64Array(numClasses);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    total[label] = total[label]! + 1;
    if (predictions[i] === label) right[label] = right[label]! + 1;
  }
  return right.map((hits, c) => hits / total[c]!);
}

/** Mean of the per-class accuracies over classes that have images, in 0..1. NaN when there are none. */
export function balancedAccuracy(perClass: ArrayLike<number>): number {
  let sum = 0;
  let count = 0;
  for (let c = 0; c < perClass.length; c++) {
    const value = perClass[c]!;
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}
