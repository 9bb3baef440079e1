/**
 * Slurm's tools as one script, for tests without a cluster: `node tool.mjs FOLDER sbatch …`. Jobs are files in FOLDER/jobs;
 * what is asked of them goes to FOLDER/asked; scriptedSlurm.ts starts, ends and counts. FOLDER/away: no controller answers.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const [folder, tool, ...args] = process.argv.slice(2);
const place = (...names) => path.join(folder, ...names);

if (args[0] === '--version') end('slurm-wlm 22.05.8 (scripted)\n');
writeFileSync(place('calls', `${tool}-${process.hrtime.bigint()}-${process.pid}`), args.join(' '));
if (existsSync(place('away'))) fail('Unable to contact slurm controller (connect failure)');
const tools = { sbatch, squeue, scancel, scontrol, sinfo, sacct };
tools[tool]();

function sbatch() {
  const own = ['-J', '--array', '-t', '-c', '--mem', '-p', '-A', '--qos', '-C', '-D', '-o', '-d'];
  const given = new Map();
  let at = 0;
  for (; args[at]?.startsWith('-'); at++) {
    if (own.includes(args[at])) given.set(args[at], args[++at]);
    else given.set(args[at].split('=')[0], args[at].split('=')[1]);
  }
  if (given.get('-p') === 'nowhere') fail('sbatch: error: invalid partition specified: nowhere');
  const id = newId();
  const count = 1 + Number((given.get('--array') ?? '0-0').replace(/%.*/, '').split('-')[1]);
  const after = (given.get('-d') ?? '').split(':').slice(1);
  const env = Object.fromEntries((given.get('--export') ?? '').split(',').map((name) => [name, process.env[name]]));
  for (let index = 0; index < count; index++) {
    const job = { id, index, name: given.get('-J'), command: args.slice(at), cwd: given.get('-D'), env, after };
    const log = given.get('-o').replaceAll('%a', index).replaceAll('%%', '%');
    write(place('jobs', `${id}_${index}.json`), {
      ...job,
      log,
      state: 'PENDING',
      reason: after.length > 0 ? 'Dependency' : 'Resources',
      restart: 0,
    });
  }
  end(`${id}\n`);
}

function squeue() {
  const names = valueOf('-n')?.split(',');
  const jobs = readJobs().filter(({ name }) => names === undefined || names.includes(name));
  end(jobs.map(({ id, index, state, reason, name }) => `${id}|${index}|${state}|${reason}|${name}\n`).join(''));
}

function scancel() {
  const names = valueOf('-n')?.split(',') ?? [];
  for (const { id, index, name } of readJobs())
    if (names.includes(name) || args.includes(`${id}`) || args.includes(`${id}_${index}`))
      ask(`${id}_${index}`, 'cancel');
  end('');
}

function scontrol() {
  if (args[0] === 'ping') end('Slurmctld(primary) at here is UP\n');
  if (args[0] === 'requeue') ask(args[1], 'requeue');
  end('MaxArraySize = 1001\nJobRequeue = 1\n');
}

function sinfo() {
  end('main*|up|infinite|1|(null)\n');
}

function sacct() {
  fail('Slurm accounting storage is disabled');
}

/** The folder that could be made is the number that nobody else has. */
function newId() {
  for (let id = 1 + readdirSync(place('ids')).length; ; id++) {
    try {
      mkdirSync(place('ids', String(id)));
      return id;
    } catch {
      // Another submission has it.
    }
  }
}

function readJobs() {
  const names = readdirSync(place('jobs')).filter((name) => name.endsWith('.json'));
  return names.map((name) => JSON.parse(readFileSync(place('jobs', name), 'utf8')));
}

function ask(job, what) {
  writeFileSync(place('asked', `${job}.${what}`), '');
}

function write(file, value) {
  writeFileSync(`${file}.part`, JSON.stringify(value));
  renameSync(`${file}.part`, file);
}

function valueOf(option) {
  return args.includes(option) ? args[args.indexOf(option) + 1] : undefined;
}

/** Nothing after it is done. */
function end(text) {
  writeFileSync(1, text);
  process.exit(0);
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
