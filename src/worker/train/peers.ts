/**
 * Several processes on one machine that train one network together: each takes some parts of every update's batch, and all
 * of them end every update with the same numbers, bit for bit. What is added is added in the order of the parts, so that
 * neither sums nor weights show how many processes there were.
 */

export interface Peers {
  /** From 0. Number 0 is the process that has the stage: it alone logs, checkpoints and writes. */
  readonly rank: number;
  readonly count: number;
  /** What everybody gives, in the order of ranks; everybody gives equally many bytes. */
  gather(own: Uint8Array): Promise<readonly Uint8Array[]>;
  /** Adds what everybody gives to running sums, in float32 and in the order of ranks: ((s + g0) + g1) + … */
  add(own: Float32Array): Promise<void>;
  /** The sums since they were last taken; they begin anew. */
  takeSums(): Promise<Float32Array>;
}

/** The parts of an update that fall to one process: `rank`, `rank + count`, … below `parts`. */
export function ownParts(parts: number, peers: Pick<Peers, 'rank' | 'count'> | undefined): number[] {
  const { rank, count } = peers ?? { rank: 0, count: 1 };
  return Array.from({ length: parts / count }, (_, round) => round * count + rank);
}

/** Numbers of every process, in the order of ranks. */
export async function gatherFloats(peers: Peers, own: Float32Array): Promise<Float32Array[]> {
  const all = await peers.gather(new Uint8Array(own.buffer, own.byteOffset, own.byteLength));
  return all.map((bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, own.length));
}

/** Whole numbers of every process, in the order of ranks. */
export async function gatherIntegers(peers: Peers, own: Int32Array): Promise<Int32Array[]> {
  const all = await peers.gather(new Uint8Array(own.buffer, own.byteOffset, own.byteLength));
  return all.map((bytes) => new Int32Array(bytes.buffer, bytes.byteOffset, own.length));
}

/** The step that the process with the stage has got to, said to all. */
export async function agreeOnStart(peers: Peers, step: number): Promise<number> {
  const [first] = await gatherIntegers(peers, Int32Array.of(step));
  return first![0]!;
}
