/** The hub of a shared training against a process that only talks: how long it is waited for. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PeerHub, type PeerStart } from '../../../../src/worker/pretrain/peerHub';

let folder = '';
let hub: PeerHub;
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'peer-'))));
afterEach(async () => {
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
});

const SILENCE_MS = 3000;

/** Resolves when the process is there. */
async function start(program: string): Promise<void> {
  const entry = path.join(folder, 'peer.mjs');
  writeFileSync(entry, `process.on('message', () => {});\nprocess.send({ type: 'warned', message: '' });\n${program}`);
  await new Promise<void>((there) => {
    hub = new PeerHub({ id: 'moco', entry, warn: () => there(), silenceMs: SILENCE_MS });
    hub.start({ plan: { rank: 1 } as PeerStart['plan'], env: process.env });
  });
}

it('is waited for as long as it says that it prepares itself', async () => {
  const said = `let beats = 0;
    const timer = setInterval(() => {
      process.send({ type: 'preparing' });
      if (++beats < ${Math.ceil((1.5 * SILENCE_MS) / 100)}) return;
      clearInterval(timer);
      process.send({ type: 'arrived', point: 'ready' });
    }, 100);`;
  await start(said);
  const begun = performance.now();
  await hub.meet('ready');
  expect(performance.now() - begun).toBeGreaterThan(SILENCE_MS);
});

it('is given up when it says nothing', async () => {
  await start('');
  await expect(hub.meet('ready')).rejects.toThrow(
    'process 2 of 2 of "moco" said nothing for 3 s; resume the run to go on from the last checkpoint',
  );
});
