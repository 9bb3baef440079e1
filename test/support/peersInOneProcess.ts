/** Several processes that train together, in one, as several processes have one each: the same files, and a meeting of promises. */
import { PeerFiles } from '../../src/worker/train/peerFiles';

export function makePeers(folder: string, count: number): PeerFiles[] {
  const waiting: { point: string; go(): void; fail(cause: Error): void }[] = [];
  const meet = (point: string) =>
    new Promise<void>((go, fail) => {
      waiting.push({ point, go, fail });
      if (waiting.length < count) return;
      const all = waiting.splice(0);
      const isSame = all.every((other) => other.point === point);
      for (const other of all) {
        if (isSame) other.go();
        else other.fail(new Error(`at ${all.map((each) => each.point).join(' and ')}`));
      }
    });
  return Array.from({ length: count }, (_, rank) => new PeerFiles({ rank, count, folder, meet }));
}
