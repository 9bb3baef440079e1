/** The commands for runs on a cluster: `submit`, `queue`, `cancel`, `doctor`. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { runtimeNames } from '../../shared/experiment/runtimeName';
import type { SaidOptions } from '../../runs/engines/slurm/slurmOptions';
import type { Surroundings } from '../terminal';
import { analysisOption, collectSeed, outOption, wholeNumber, type Finish } from '../typedArguments';

export function registerCluster(program: Command, around: Surroundings, finish: Finish): void {
  const submit = program
    .command('submit')
    .description('hand an experiment to a cluster; each stage is a job, what is already done is reused')
    .argument('<file>', 'the experiment, *.transfer.yaml')
    .addOption(engineOption())
    .addOption(new Option('--runtime <name>', 'what executes the tensors there').choices(['auto', ...runtimeNames]))
    .option('--seed <n...>', "seeds to use instead of the file's", collectSeed)
    .option('--only <id...>', 'only these pretrainings, transfers, pairs (moco/probe) or analyses, and what they need')
    .addOption(analysisOption());
  withJobOptions(submit)
    .addOption(outOption())
    .option('--json', 'print JSON')
    .action(async (file: string, typed: TypedJob & TypedChoice) => {
      const { submitCommand } = await import('../commands/cluster');
      const { runtime, seed: seeds, only, analysis: analyses, out, json = false } = typed;
      const asked = { runtime, seeds, only, analyses, out, isJson: json, cluster: readJob(typed) };
      finish(await submitCommand(file, asked, around));
    });
  program
    .command('queue')
    .description('how runs on a cluster stand; jobs that were lost are submitted again')
    .argument('[run...]', 'names of runs; all that have not ended when absent')
    .option('--watch', 'go on until they have ended')
    .addOption(outOption())
    .option('--json', 'print JSON')
    .action(
      async (
        runs: string[],
        { out, json = false, watch = false }: { out: string; json?: boolean; watch?: boolean },
      ) => {
        const { queueCommand } = await import('../commands/cluster');
        finish(await queueCommand(runs, { out, isJson: json, watches: watch }, around));
      },
    );
  program
    .command('cancel')
    .description('end the jobs of a run on a cluster; what is done stays, and resume goes on')
    .argument('<run>', 'name of the run, the beginning of it, or "last"')
    .addOption(outOption())
    .action(async (run: string, { out }: { out: string }) => {
      const { cancelCommand } = await import('../commands/cluster');
      finish(await cancelCommand(run, { out }, around));
    });
  withJobOptions(
    program
      .command('doctor')
      .description('check whether a cluster can be used from here, with a small job')
      .addOption(engineOption()),
  )
    .addOption(outOption())
    .option('--json', 'print JSON')
    .action(async (typed: TypedJob) => {
      const { doctorCommand } = await import('../commands/cluster');
      finish(await doctorCommand({ out: typed.out, isJson: typed.json === true, cluster: readJob(typed) }, around));
    });
}

function engineOption(): Option {
  return new Option('--engine <name>', 'whose cluster').choices(['slurm']).default('slurm');
}

/** What of the experiment is to be computed. */
interface TypedChoice {
  readonly runtime?: string;
  readonly seed?: number[];
  readonly only?: string[];
  readonly analysis?: string[];
}

interface TypedJob {
  readonly out: string;
  readonly json?: boolean;
  readonly partition?: string;
  readonly time?: number;
  readonly gpus?: number;
  readonly cpus?: number;
  readonly memory?: number;
  readonly account?: string;
  readonly qos?: string;
  readonly constraint?: string;
  readonly maxParallel?: number;
  readonly setup?: string[];
  readonly sbatch?: string[];
  readonly node?: string;
  readonly grace?: number;
  readonly pack?: number;
  readonly attempts?: number;
}

/** What is said here holds for every job, whatever the experiment file says. */
function withJobOptions(command: Command): Command {
  return command
    .option('--partition <name>', 'where the jobs run')
    .option('--time <minutes>', 'how long a job may take; longer stages go on in another job', wholeNumber(1, 525_600))
    .option('--gpus <n>', 'graphics processors for a job', wholeNumber(0, 64))
    .option('--cpus <n>', 'processor cores for a job', wholeNumber(1, 1024))
    .option('--memory <GiB>', 'memory for a job', positive)
    .option('--account <name>', 'who pays')
    .option('--qos <name>', 'quality of service')
    .option('--constraint <features>', 'what the machines must have')
    .option('--max-parallel <n>', 'most jobs of one array at a time', wholeNumber(1, 100_000))
    .option('--setup <line...>', 'lines of the batch script before the program, such as "module load nodejs"')
    .option('--sbatch <argument...>', 'further arguments of sbatch, as --sbatch=--nice=100')
    .option('--node <path>', 'the Node program on the machines of the cluster')
    .option('--grace <seconds>', 'how long before its time is up a job is told to checkpoint', wholeNumber(10, 36_000))
    .option('--pack <n>', 'transfers or analyses that one job computes in turn', wholeNumber(1, 10_000))
    .option('--attempts <n>', 'how often a stage whose jobs crash is tried', wholeNumber(1, 100));
}

function readJob(typed: TypedJob): SaidOptions {
  const { partition, time, gpus, cpus, memory, account, qos, constraint, maxParallel, setup, sbatch } = typed;
  const resources = { partition, time, gpus, cpus, memory };
  return {
    resources: Object.fromEntries(Object.entries(resources).filter(([, value]) => value !== undefined)),
    ...{ account, qos, constraint, maxParallel, setup, extra: sbatch, node: typed.node },
    ...{ graceSeconds: typed.grace, pack: typed.pack, mostAttempts: typed.attempts },
  };
}

function positive(typed: string): number {
  const value = typed.trim() === '' ? Number.NaN : Number(typed);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}
