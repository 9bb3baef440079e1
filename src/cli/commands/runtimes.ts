/** `runtimes list` and `runtimes check`: asks a worker, because only workers load the tensor libraries. */
import { UserError } from '../../shared/errors';
import type { WorkerRequests } from '../../shared/protocol/worker';
import type { WorkerProcess } from '../../runs/workerProcess';
import { suggest } from '../../shared/suggest';
import { EXIT, type ExitCode } from '../exitCodes';
import { formatTable } from '../table';
import { selectPalette, type Surroundings } from '../terminal';

type CheckAnswer = WorkerRequests['checkRuntime']['answer'];

export async function listRuntimesCommand(
  options: { readonly isJson: boolean },
  around: Surroundings,
): Promise<ExitCode> {
  const { runtimes } = await withWorker(around, (worker) => worker.request('listRuntimes', {}));
  if (options.isJson) {
    around.stdout.write(`${JSON.stringify(runtimes, null, 2)}\n`);
    return EXIT.done;
  }
  const palette = selectPalette(around.stdout, around.env);
  const rows = runtimes.map((runtime) => [
    runtime.available ? palette.good(runtime.name) : palette.quiet(runtime.name),
    runtime.available ? 'yes' : 'no',
    runtime.device,
    runtime.threads > 0 ? String(runtime.threads) : '',
    runtime.version,
    runtime.reason,
  ]);
  around.stdout.write(`${formatTable([['RUNTIME', 'HERE', 'DEVICE', 'THREADS', 'VERSION', 'WHY'], ...rows])}\n`);
  return EXIT.done;
}

export async function checkRuntimesCommand(
  name: string | undefined,
  options: { readonly isJson: boolean },
  around: Surroundings,
): Promise<ExitCode> {
  const answers: CheckAnswer[] = [];
  for (const runtime of await selectNames(name, around)) {
    // One worker each: a backend that brings its process down must not hide the others.
    answers.push(
      await withWorker(around, (worker) => worker.request('checkRuntime', { runtime })).catch(toAnswer(runtime)),
    );
  }
  const palette = selectPalette(around.stdout, around.env);
  if (options.isJson) around.stdout.write(`${JSON.stringify(answers, null, 2)}\n`);
  else {
    for (const { runtime, ok, message, milliseconds } of answers) {
      const verdict = ok ? palette.good('works') : palette.bad('fails');
      around.stdout.write(`${runtime} ${verdict} (${milliseconds} ms): ${message}\n`);
    }
  }
  return answers.every(({ ok }) => ok) ? EXIT.done : EXIT.failed;
}

async function selectNames(name: string | undefined, around: Surroundings): Promise<string[]> {
  const { runtimes } = await withWorker(around, (worker) => worker.request('listRuntimes', {}));
  const known = runtimes.map((runtime) => runtime.name);
  if (name === undefined) return runtimes.filter(({ available }) => available).map((runtime) => runtime.name);
  if (known.includes(name)) return [name];
  const near = suggest(name, known);
  throw new UserError(
    'config',
    `there is no runtime "${name}"; ${near ? `did you mean "${near}"? ` : ''}known: ${known.join(', ')}`,
  );
}

function toAnswer(runtime: string): (error: unknown) => CheckAnswer {
  return (error) => {
    if (!(error instanceof UserError)) throw error;
    return { runtime, ok: false, message: error.message, milliseconds: 0 };
  };
}

async function withWorker<Answer>(
  around: Surroundings,
  use: (worker: WorkerProcess) => Promise<Answer>,
): Promise<Answer> {
  const worker = await around.startWorker(() => {});
  try {
    return await use(worker);
  } finally {
    await worker.stop();
  }
}
