/** 600 five-way episodes on cached features, 2,000 images of 20 classes and 512 features; bench/peer/fewShot.py is NumPy's and scikit-learn's. */
import { drawEpisodes, type ClassRows } from '../src/shared/math/fewShot/drawEpisodes';
import type { EpisodeClassifier } from '../src/shared/math/fewShot/episodeClassifiers';
import { finishEpisodes, scoreEpisodes } from '../src/shared/math/fewShot/scoreEpisodes';
import { deriveRandom } from '../src/shared/random';

const [CLASSES, IMAGES, DIMENSION, EPISODES] = [20, 100, 512, 600];

const random = deriveRandom(0, 'bench-few-shot');
const means = Float32Array.from({ length: CLASSES * DIMENSION }, () => random.normal());
const values = Float32Array.from({ length: CLASSES * IMAGES * DIMENSION }, (_, i) => {
  const [row, d] = [Math.floor(i / DIMENSION), i % DIMENSION];
  return Math.max(0, 0.3 * means[Math.floor(row / IMAGES) * DIMENSION + d]! + random.normal());
});
const classes = Array.from({ length: CLASSES }, (_, c): ClassRows => {
  const rows = Int32Array.from({ length: IMAGES }, (_, i) => c * IMAGES + i);
  return { class: c, support: rows, query: rows };
});

const settings: readonly (readonly [string, EpisodeClassifier])[] = [
  ['nearest-mean', { kind: 'nearest-mean' }],
  ['logistic', { kind: 'logistic', l2: 0 }],
];
for (const shots of [1, 5]) {
  for (const [name, base] of settings) {
    const classifier = base.kind === 'logistic' ? { ...base, l2: 1 / (5 * shots) } : base;
    const times: number[] = [];
    let accuracy = 0;
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      const episodes = drawEpisodes(classes, { ways: 5, shots, queries: 15, episodes: EPISODES }, 0);
      accuracy = finishEpisodes(scoreEpisodes(episodes, { values, dimension: DIMENSION }, classifier)).interval.mean;
      times.push((performance.now() - start) / 1000);
    }
    const seconds = times.sort((a, b) => a - b)[1]!;
    console.log(JSON.stringify({ workload: `few-shot-${name}-${shots}`, seconds, accuracy }));
  }
}
