/** Reads what was typed after an option; commander prints the sentence of an error after the option's name. */
import { InvalidArgumentError } from 'commander';

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
