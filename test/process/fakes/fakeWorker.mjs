/**
 * Stands in for the worker program: speaks the wire's raw messages, by hand, so that it also pins their format. What it
 * does wrong is chosen by FAKE_WORKER.
 */
import { setInterval, setTimeout } from 'node:timers';

const mode = process.env.FAKE_WORKER ?? 'good';
process.on('disconnect', () => mode !== 'waits for ever' && process.exit(0));
const send = (message) => process.connected && process.send(message);
const answer = (id, value) => send({ type: 'answer', id, outcome: { type: 'value', value } });
const event = (body) => send({ type: 'event', event: body });

if (mode === 'dies at once') {
  console.error('cannot find module tensors');
  process.exit(3);
}
if (mode === 'exits silently') process.exit(0);
if (mode !== 'never ready') send({ type: 'ready', version: mode === 'other version' ? 99 : 1 });
if (mode === 'never ready') setInterval(() => {}, 1000);
if (mode !== 'hangs') setInterval(() => event({ type: 'heartbeat', at: 0 }), 20);

const runtime = { name: 'wasm', available: true, reason: 'fake', device: 'cpu', threads: 1, version: '0' };
const stage = (id) => ({ id, key: id, kind: 'pretraining', label: id, pretraining: id, seed: 0 });
const counts = { done: 1, reused: 0, failed: 0, skipped: 0 };
const outcome = (state) => ({
  run: 'fake-1',
  state,
  counts,
  seconds: 0.1,
  failures: state === 'failed' ? ['a: no images'] : [],
});

let cancelled = () => {};
process.on('message', (message) => {
  if (message.type === 'cancel') return cancelled();
  if (message.type === 'request') serve(message);
});
process.on('SIGINT', () => {});

function serve({ id, name, params }) {
  if (name === 'listRuntimes') return answer(id, { runtimes: [runtime] });
  if (name === 'checkRuntime')
    return answer(id, { ...params, ok: true, message: 'fine', milliseconds: 1, bytes: new Float32Array([1.5, 2]) });
  if (name === 'validate') return answer(id, { problems: [] });
  event({ type: 'runPlanned', run: 'fake-1', runFolder: '/tmp/fake-1', stages: [stage('a')], runtime, warnings: [] });
  event({ type: 'stageProgressed', id: 'a', done: 1, total: 4, unit: 'steps' });
  if (mode === 'killed') return process.kill(process.pid, 'SIGKILL');
  if (mode === 'out of memory') {
    console.error('FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory');
    return process.abort();
  }
  if (mode === 'dies in the middle') {
    console.error('Error: the disk caught fire');
    return setTimeout(() => process.exit(70), 20);
  }
  if (mode === 'hangs') return;
  if (mode === 'blocks') for (;;);
  if (mode === 'floods stderr') {
    for (let line = 0; line < 20_000; line++) process.stderr.write(`line ${line}\n`);
    process.stderr.write('x'.repeat(1 << 20));
    return process.stderr.write('', () => process.exit(1));
  }
  if (mode === 'answers and exits')
    return process.send({ type: 'answer', id, outcome: { type: 'value', value: outcome('done') } }, () =>
      process.exit(0),
    );
  if (mode === 'garbage')
    for (const junk of [1, 'x', null, {}, { type: 'answer', id: 999, outcome: { type: 'value' } }]) send(junk);
  if (mode === 'waits') {
    cancelled = () => answer(id, outcome('stopped'));
    return;
  }
  if (mode === 'waits for ever') return;
  event({
    type: 'stageChanged',
    id: 'a',
    state: mode === 'fails' ? 'failed' : 'done',
    seconds: 0.1,
    message: 'loss 1',
  });
  answer(id, outcome(mode === 'fails' ? 'failed' : 'done'));
}
