/**
 * Errors a user can act on. Each is one sentence with the value seen and what to do next, and a stable code.
 * Anything else that is thrown is a bug and is shown as "unexpected" with its stack in the log.
 */
export type ErrorCode =
  | 'config' // the experiment file or a command's arguments
  | 'data' // images, labels, annotations
  | 'weights' // a checkpoint file
  | 'numeric' // NaN loss, degenerate split
  | 'storage' // disk full, read-only folder
  | 'runtime' // no backend, failed self-check
  | 'worker'; // the child process died or does not answer

export class UserError extends Error {
  override readonly name = 'UserError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    /** Where, when the error is about a place in a file. Line and column count from 1. */
    readonly place?: { readonly file: string; readonly line?: number; readonly column?: number },
  ) {
    super(message);
  }
}

/** Thrown where work stops because somebody asked for it; not an error to show. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
  constructor() {
    super('cancelled');
  }
}
