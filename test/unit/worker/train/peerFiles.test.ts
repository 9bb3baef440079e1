/** Numbers of several processes, added and gathered as if in one: order of addition, rounding, rounds, odd lengths, room. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deriveRandom } from '../../../../src/shared/random';
import { PeerFiles, makePeerFolder, removePeerFolder } from '../../../../src/worker/train/peerFiles';
import { gatherFloats, gatherIntegers, ownParts } from '../../../../src/worker/train/peers';
import { makePeers } from '../../../support/peersInOneProcess';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'transferscope-exchange-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Magnitudes so different that the order of additions shows in the last bits. */
function drawParts(parts: number, length: number): Float32Array[] {
  const random = deriveRandom(3, 'gradients');
  return Array.from({ length: parts }, () =>
    Float32Array.from({ length }, () => random.normal() * 10 ** (random.integer(12) - 6)),
  );
}

/** ((g0 + g1) + g2) + … in float32. */
function sumInOrder(parts: readonly Float32Array[]): Float32Array {
  const [first, ...others] = parts;
  const sums = first!.slice();
  for (const part of others) for (let i = 0; i < sums.length; i++) sums[i] = Math.fround(sums[i]! + part[i]!);
  return sums;
}

describe('sums', () => {
  it.each([
    [2, 2, 7],
    [2, 6, 1000],
    [3, 6, 10],
    [4, 4, 2],
    [5, 5, 3],
  ])(
    'of %i processes and %i parts of %i numbers are those of one process, bit for bit',
    async (count, parts, length) => {
      const drawn = drawParts(parts, length);
      const expected = sumInOrder(drawn);
      // So that the test could fail: another order gives other bits.
      if (length > 100) expect(sumInOrder([...drawn].reverse())).not.toEqual(expected);
      const peers = makePeers(folder, count);
      const work = peers.map(async (peer) => {
        const sums: Float32Array[] = [];
        for (let update = 0; update < 3; update++) {
          for (const part of ownParts(parts, peer)) await peer.add(drawn[part]!);
          sums.push(await peer.takeSums());
        }
        return sums;
      });
      for (const sums of await Promise.all(work)) for (const sum of sums) expect(sum).toEqual(expected);
      peers.forEach((peer) => peer.close());
    },
  );
});

describe('gathered numbers', () => {
  it('come in the order of ranks, whoever is late', async () => {
    const peers = makePeers(folder, 3);
    const work = peers.map(async (peer) => {
      const seen: number[][] = [];
      for (let round = 0; round < 5; round++) {
        if (peer.rank === round % 3) await new Promise((resolve) => setImmediate(resolve));
        const all = await gatherFloats(peer, Float32Array.of(peer.rank + 0.5, round));
        seen.push(all.flatMap((values) => [...values]));
      }
      const integers = await gatherIntegers(peer, Int32Array.of(2 ** 30 + peer.rank, -peer.rank));
      return { seen, integers: integers.map((values) => [...values]) };
    });
    for (const { seen, integers } of await Promise.all(work)) {
      expect(seen).toEqual([0, 1, 2, 3, 4].map((round) => [0.5, round, 1.5, round, 2.5, round]));
      expect(integers).toEqual([0, 1, 2].map((rank) => [2 ** 30 + rank, 0 - rank]));
    }
    peers.forEach((peer) => peer.close());
  });

  it('of no length at all', async () => {
    const peers = makePeers(folder, 2);
    const all = await Promise.all(peers.map((peer) => gatherFloats(peer, new Float32Array(0))));
    expect(all.map((values) => values.map(({ length }) => length))).toEqual([
      [0, 0],
      [0, 0],
    ]);
    peers.forEach((peer) => peer.close());
  });
});

describe('the folder', () => {
  it('is where there is room for everybody', () => {
    const made = makePeerFolder(1000, 2, [join(folder, 'absent'), folder]);
    expect(made.startsWith(join(folder, 'transferscope-'))).toBe(true);
    const alone = new PeerFiles({ rank: 0, count: 1, folder: made, meet: async () => {} });
    removePeerFolder(made);
    expect(existsSync(made)).toBe(false);
    alone.close();
  });

  it('is refused where nowhere is enough, with what there is and what to do', () => {
    expect(() => makePeerFolder(1e12, 2, [folder])).toThrow(
      /^2 processes exchange 14\d+\.\d GB of gradients, but .* has .*; make room there, or use fewer `processes`$/,
    );
  });
});

it('every part of an update belongs to exactly one process', () => {
  const shares = [0, 1, 2].map((rank) => ownParts(6, { rank, count: 3 }));
  expect(shares).toEqual([
    [0, 3],
    [1, 4],
    [2, 5],
  ]);
  expect(ownParts(4, undefined)).toEqual([0, 1, 2, 3]);
});
