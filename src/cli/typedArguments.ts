/** What commands have in common: reading what was typed after an option (commander prints an error's sentence behind its name), the folder of runs. */
import { InvalidArgumentError, Option } from 'commander';

/** A whole number from `least` to `most`, both included. */
export function wholeNumber(least: number, most = 0xffffffff): (typed: string) => number {
  return (typed) => {
    const value = typed.trim() === '' ? Number.NaN : Number(typed);
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** What stands between commas, without blanks. */
export function splitList(typed: string): string[] {
  return typed
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Told the exit code of a command. */
export type Finish = (code: number) => void;

export const defaultOut = '.transferscope';

/** Fresh for each command: commander keeps values in options. */
export function outOption(): Option {
  return new Option('--out <dir>', 'the folder of runs and stages').default(defaultOut);
}
