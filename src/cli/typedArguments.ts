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

/** Of `run` and `submit`. */
export function analysisOption(): Option {
  const said = 'also run this analysis, written as below `analyses`; may be repeated';
  const collect = (typed: string, before: string[] | undefined): string[] => [...(before ?? []), typed];
  return new Option('--analysis <yaml>', said).argParser(collect);
}

/** `--seed 0 1 2` and `--seed 0,1,2`. */
export function collectSeed(typed: string, before: number[] | undefined): number[] {
  const seeds = typed.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (seeds.some((seed) => !Number.isSafeInteger(seed) || seed < 0 || seed > 0xffffffff)) {
    throw new InvalidArgumentError('A seed is a whole number from 0 to 4294967295; put the file before --seed.');
  }
  return [...(before ?? []), ...seeds];
}
