/** What the exit code of every command means; part of the command line's contract (scripts and engines read it). */
export const EXIT = {
  /** Everything asked for is done. */
  done: 0,
  /** The experiment file or an argument's value has errors. */
  invalid: 1,
  /** The command line could not be understood. */
  usage: 2,
  /** A stage, a check or the worker failed; finished stages are kept. */
  failed: 3,
  /** A bug of Transferscope's. */
  unexpected: 70,
  /** Stopped after a checkpoint; `transferscope resume` goes on. */
  stopped: 75,
  /** Ended by a second Ctrl-C; `transferscope resume` goes on from the last checkpoint. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
