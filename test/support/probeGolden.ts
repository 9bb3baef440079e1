/** Reads test/golden/data/probe.json: features as arrays, and what scikit-learn makes of them. */
import { readFileSync } from 'node:fs';

export interface ProbeCase {
  readonly name: string;
  readonly standardise: boolean;
  readonly l2: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly trainAccuracy: number;
  readonly predictions: readonly number[];
}

export interface ProbeGolden {
  readonly dimension: number;
  readonly numClasses: number;
  readonly train: { readonly values: Float32Array; readonly labels: Int32Array };
  readonly test: { readonly values: Float32Array; readonly labels: Int32Array };
  readonly cases: readonly ProbeCase[];
  readonly votes: readonly { k: number; temperature: number; predictions: number[]; margin: number[] }[];
}

interface StoredSplit {
  readonly values: string;
  readonly labels: number[];
}

export function readProbeGolden(name: 'digits' | 'illConditioned'): ProbeGolden {
  const file = JSON.parse(readFileSync('test/golden/data/probe.json', 'utf8')) as Record<
    string,
    Omit<ProbeGolden, 'train' | 'test'> & { train: StoredSplit; test: StoredSplit }
  >;
  const stored = file[name]!;
  const read = ({ values, labels }: StoredSplit) => {
    const bytes = new Uint8Array(Buffer.from(values, 'base64'));
    const isBytes = bytes.length === labels.length * stored.dimension;
    return {
      values: isBytes ? Float32Array.from(bytes) : new Float32Array(bytes.buffer),
      labels: Int32Array.from(labels),
    };
  };
  return { ...stored, train: read(stored.train), test: read(stored.test) };
}
