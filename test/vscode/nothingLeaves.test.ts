/**
 * Nothing leaves the machine: what the window asks for, and what the Node processes behind it (server, extension host,
 * worker, report program) connect to or look up, while every view is used and an experiment runs.
 */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { panelShots, shotFile } from './support/panelShots';
import { waitForRun } from './support/runState';
import { describeInEditor } from './support/useEditor';

const experiment = `name: quickstart
seeds: [0, 1]
imageSize: 32
backbone: { name: resnet18, width: 4, stem: small }
data:
  emoji: { kind: emoji, labels: category, train: twitter, test: google }
  scenes: { kind: emoji-scenes, size: 32, scale: [0.45, 0.7], objects: [1, 2], trainImages: 4, testImages: 6 }
pretrainings:
  - { id: random }
  - { id: supervised, method: supervised, data: emoji, steps: 5, batch: 32, learningRate: 0.05 }
transfers:
  - { id: probe, task: linear-probe, data: emoji, layers: [layer3, layer4], l2: 0.001, trainImages: 100, testImages: 50 }
  - { id: same-emoji, task: knn, data: emoji, k: 5, layers: [layer3, layer4], trainImages: 100, testImages: 50 }
  - { id: objects, task: detection, data: scenes, recipe: emoji-scenes-fcos, steps: 2, batch: 2, shortestSide: [32], scoreThreshold: 0.01 }
analyses:
  - { kind: embedding, images: 60, neighbours: 5, layers: [layer3, layer4] }
`;

const folder = mkdtempSync(path.join(tmpdir(), 'transferscope-connections-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const log = path.join(folder, 'connections.jsonl');
const recorder = `--import=${pathToFileURL(path.join(import.meta.dirname, 'support', 'recordConnections.mjs')).href}`;

/** What runs experiments gets none of the extension host's arguments, so its Node is one that always records. */
const recordingNode = path.join(folder, 'node');
writeFileSync(recordingNode, `#!/bin/sh\nexec "${process.execPath}" "${recorder}" "$@"\n`);
chmodSync(recordingNode, 0o755);

const options = {
  files: { [shotFile]: experiment },
  env: { CONNECTION_LOG: log },
  nodeArguments: [recorder],
  settings: {
    'transferscope.nodePath': recordingNode,
    'transferscope.onClose': 'stop',
    'transferscope.runtime': 'wasm',
  },
};

interface Line {
  readonly program?: string;
  readonly host?: string;
}

function readLog(file = log): readonly Line[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]));
}

const hostsOf = (lines: readonly Line[]): string[] => lines.flatMap(({ host }) => host ?? []);
const isHere = (host: string): boolean => /^(localhost|127(\.\d+){3}|::1|0\.0\.0\.0|::)$/.test(host);

it('the recorder sees connections, requests and look-ups', async () => {
  const file = path.join(folder, 'control.jsonl');
  const program = `
    const quiet = () => {};
    require('node:net').connect(9, '192.0.2.1').on('error', quiet).destroy();
    require('node:dns').lookup('one.invalid', quiet);
    require('node:dgram').createSocket('udp4').on('error', quiet).send('x', 9, '192.0.2.2', quiet);
    fetch('http://two.invalid/').catch(quiet);
    require('node:https').get('https://192.0.2.3/').on('error', quiet);
    setTimeout(() => process.exit(), 500);
  `;
  const env = { ...process.env, CONNECTION_LOG: file };
  await promisify(execFile)(process.execPath, [recorder, '-e', program], { env });
  const seen = hostsOf(readLog(file));
  for (const host of ['192.0.2.1', 'one.invalid', '192.0.2.2', 'two.invalid', '192.0.2.3'])
    expect(seen).toContain(host);
});

describeInEditor('what leaves the machine', options, (editor) => {
  it('an experiment runs and every view and panel is used', async () => {
    const { workbench } = editor();
    await workbench.openFile(shotFile);
    await workbench.command('Transferscope: Run Experiment');
    await waitForRun(editor(), 'quickstart-1', { state: 'done' });
    for (const { show } of panelShots) await show(editor());
    await workbench.pick('Transferscope: Select Runtime', 'wasm');
  }, 240_000);

  it('every process was watched', () => {
    const programs = readLog().flatMap(({ program }) => program ?? []);
    for (const part of ['entry.js', 'type=extensionHost', 'worker.js', 'cli.js report']) {
      expect(
        programs.some((program) => program.includes(part)),
        `${part} in\n${programs.join('\n')}`,
      ).toBe(true);
    }
  });

  it('none of them looked up or connected to anything but this machine', () => {
    expect(hostsOf(readLog()).filter((host) => !isHere(host))).toEqual([]);
  });
});
