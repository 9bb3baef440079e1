/** Several ends of an exchange in one process, as several processes have one each: the same files, and a meeting of promises. */
import { PeerExchange } from '../../src/worker/train/peerExchange';

export function makePeers(folder: string, count: number): PeerExchange[] {
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
  return Array.from({ length: count }, (_, rank) => new PeerExchange({ rank, count, folder, meet }));
}
