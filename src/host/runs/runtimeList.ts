/** What can execute tensors on this machine, asked of a worker once and kept until somebody wants to know anew. */
import type { RuntimeInfo } from '../../shared/protocol/worker';

export interface RuntimeList {
  /** What is known without asking. */
  readonly known: readonly RuntimeInfo[] | undefined;
  read(): Promise<readonly RuntimeInfo[]>;
  forget(): void;
}

export function createRuntimeList(ask: () => Promise<readonly RuntimeInfo[]>): RuntimeList {
  let answer: Promise<readonly RuntimeInfo[]> | undefined;
  let known: readonly RuntimeInfo[] | undefined;
  const forget = (): void => {
    answer = undefined;
    known = undefined;
  };
  return {
    get known() {
      return known;
    },
    read: async () => {
      const asked = (answer ??= ask());
      try {
        known = await asked;
        return known;
      } catch (error) {
        if (answer === asked) forget();
        throw error;
      }
    },
    forget,
  };
}
