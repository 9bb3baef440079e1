/**
 * How well the classes that a source classifier gives to images foretell their target classes, without training: LEEP (Nguyen et
 * al. 2020, arXiv 2002.12462, equations 1 and 2) from its probabilities, NCE (Tran et al. 2019, arXiv 1908.08142) from its choices.
 */

export interface SourceScores {
  /** Mean log-probability of the true class by the empirical predictor Σ_z p(y|z) θ(z): at most 0, in nats. */
  readonly leep: number;
  /** Minus the conditional entropy H(y|z) of classes given the choices: at most 0, in nats. */
  readonly nce: number;
}

export interface SourceAnswers {
  /** [images, sourceClasses] of the source classifier. */
  readonly logits: ArrayLike<number>;
  readonly sourceClasses: number;
  /** [images] target class of each. */
  readonly labels: ArrayLike<number>;
}

export function sourceScores({ logits, sourceClasses, labels }: SourceAnswers): SourceScores {
  const { length: images } = labels;
  const targets = new Map<number, number>();
  for (let i = 0; i < images; i++) if (!targets.has(labels[i]!)) targets.set(labels[i]!, targets.size);
  const soft = new Float64Array(targets.size * sourceClasses);
  const hard = new Float64Array(targets.size * sourceClasses);
  const shares = softmaxRows(logits, sourceClasses, images);
  for (let i = 0; i < images; i++) {
    const row = targets.get(labels[i]!)! * sourceClasses;
    let best = 0;
    for (let z = 0; z < sourceClasses; z++) {
      soft[row + z] = soft[row + z]! + shares[i * sourceClasses + z]! / images;
      if (shares[i * sourceClasses + z]! > shares[i * sourceClasses + best]!) best = z;
    }
    hard[row + best] = hard[row + best]! + 1 / images;
  }
  const given = conditional(soft, sourceClasses);
  let leep = 0;
  for (let i = 0; i < images; i++) {
    const row = targets.get(labels[i]!)! * sourceClasses;
    let share = 0;
    for (let z = 0; z < sourceClasses; z++) share += given[row + z]! * shares[i * sourceClasses + z]!;
    leep += Math.log(share) / images;
  }
  const givenHard = conditional(hard, sourceClasses);
  let nce = 0;
  hard.forEach((share, k) => (nce += share > 0 ? share * Math.log(givenHard[k]!) : 0));
  return { leep, nce };
}

/** p(y|z) from p(y, z): [targets, sourceClasses]; 0 for source classes that nothing was given. */
function conditional(joint: Float64Array, sourceClasses: number): Float64Array {
  const sums = new Float64Array(sourceClasses);
  joint.forEach((share, k) => (sums[k % sourceClasses] = sums[k % sourceClasses]! + share));
  return joint.map((share, k) => (sums[k % sourceClasses]! > 0 ? share / sums[k % sourceClasses]! : 0));
}

function softmaxRows(logits: ArrayLike<number>, classes: number, rows: number): Float64Array {
  const shares = new Float64Array(rows * classes);
  for (let start = 0; start < shares.length; start += classes) {
    let highest = -Infinity;
    for (let z = 0; z < classes; z++) highest = Math.max(highest, logits[start + z]!);
    let sum = 0;
    for (let z = 0; z < classes; z++) sum += shares[start + z] = Math.exp(logits[start + z]! - highest);
    for (let z = 0; z < classes; z++) shares[start + z] = shares[start + z]! / sum;
  }
  return shares;
}
