/** Experiment files of any length, for measurements of typing. */

/** A correct file with about this many lines, in the block style that takes most of them. */
export function makeLongExperiment(lines: number): string {
  const head = `name: bench
seeds: [0, 1, 2]
imageSize: 32
backbone: { name: resnet18, width: 16, stem: small }
data:
  emoji: { kind: emoji }
`;
  // Eight lines a pretraining, six a transfer; three of one to one of the other.
  const groups = Math.max(1, Math.floor((lines - 8) / 30));
  const pretrainings = Array.from(
    { length: 3 * groups },
    (_, i) => `  - id: moco-${i} # one of many
    method: moco
    data: emoji
    recipe: emoji-moco-v2
    steps: ${2500 + i}
    queue: 1024
    schedule: { kind: cosine, per: step }
    monitor: { every: 100 }
`,
  );
  const transfers = Array.from(
    { length: groups },
    (_, i) => `  - id: probe-${i}
    task: linear-probe
    data: emoji
    of: [moco-${i}]
    layers: [layer1, layer2, layer4]
    l2: 0.001
`,
  );
  return `${head}pretrainings:\n  - id: random\n${pretrainings.join('')}transfers:\n${transfers.join('')}`;
}
