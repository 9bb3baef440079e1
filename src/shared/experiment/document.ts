/**
 * The text of an experiment file as a value with places: where each key and value stands, so that problems and quick
 * fixes have positions. YAML 1.2 (JSON is a part of it). Whatever the text is, nothing is thrown: syntax errors, repeated
 * keys, alias bombs and too much of anything become problems. Left out: what the keys mean.
 */
import { LineCounter, parseDocument, type Document } from 'yaml';
import { LayoutFixes, type FixBuilder } from './fixes';
import { Places, type Path } from './places';
import type { Problem, Range } from './problem';

/** Longest text that is read; real files have a few kB. */
export const maxTextLength = 1_000_000;
const maxAliases = 100;

export interface ExperimentDocument {
  readonly fileName: string;
  readonly text: string;
  /** The text as plain JSON; undefined when it could not be read. */
  readonly value: unknown;
  /** Syntax problems. */
  readonly problems: readonly Problem[];
  /** Where the value at `path` stands (or its key); the nearest parent when there is none. */
  rangeOf(path: Path, part?: 'key' | 'value'): Range;
  /** Whether something is written at `path`. */
  has(path: Path): boolean;
  readonly fix: FixBuilder;
}

/** Reads YAML or JSON text. Never throws. */
export function readDocument(text: string, fileName: string): ExperimentDocument {
  const lines = new LineCounter();
  if (text.length > maxTextLength) {
    return unreadable(
      text,
      fileName,
      `the file has ${text.length.toLocaleString('en')} characters, more than the ${maxTextLength.toLocaleString('en')} that are read; is it an experiment file?`,
    );
  }
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'error',
      version: '1.2',
    });
    const places = new Places(document, lines, text);
    const problems = syntaxProblems(document, places);
    const value: unknown = problems.length > 0 ? undefined : document.toJS({ maxAliasCount: maxAliases });
    if (holdsItself(value))
      return unreadable(
        text,
        fileName,
        'an alias (*name) stands inside the value that it repeats (&name); write the value out',
      );
    return makeDocument(fileName, text, value, problems, places);
  } catch (error) {
    return unreadable(text, fileName, readFailure(error));
  }
}

/** Whether a value contains itself, as `a: &x { b: *x }` does: no JSON, and nobody could walk through it. */
function holdsItself(value: unknown, around = new Set<unknown>()): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (around.has(value)) return true;
  around.add(value);
  const isFound = Object.values(value).some((part) => holdsItself(part, around));
  around.delete(value);
  return isFound;
}

function makeDocument(
  fileName: string,
  text: string,
  value: unknown,
  problems: readonly Problem[],
  places: Places,
): ExperimentDocument {
  return {
    fileName,
    text,
    value,
    problems,
    rangeOf: (path, part) => places.rangeOf(path, part),
    has: (path) => places.find(path) !== undefined,
    fix: new LayoutFixes(places, text),
  };
}

function unreadable(text: string, fileName: string, message: string): ExperimentDocument {
  const lines = new LineCounter();
  const places = new Places(parseDocument('', { lineCounter: lines }), lines, '');
  const problem: Problem = { severity: 'error', code: 'syntax', message, path: [], range: places.range(0, 0) };
  return makeDocument(fileName, text, undefined, [problem], places);
}

const tooDeep = 'the file is nested too deeply to be read; write it flatter';

/** The YAML library stops at alias bombs and unknown aliases, and the stack at absurd nesting. */
function readFailure(error: unknown): string {
  if (error instanceof RangeError) return tooDeep;
  const reason = error instanceof Error ? error.message : String(error);
  if (/alias count/i.test(reason))
    return `the file repeats itself through more than ${maxAliases} aliases (*name); write the values out`;
  if (/unresolved alias/i.test(reason)) return `an alias (*name) has no anchor (&name) before it; write the value out`;
  return `the file cannot be read as YAML: ${reason}`;
}

/** Repeated keys, or else the first error of syntax: those after it are mostly its echo. */
function syntaxProblems(document: Document.Parsed, places: Places): Problem[] {
  const first = document.errors.find((error) => error.code !== 'DUPLICATE_KEY');
  return (first ? [first] : document.errors).map(({ code, message, pos }) => {
    const word = /^[\w.-]+/.exec(places.text.slice(pos[0], pos[0] + 100))?.[0] ?? '';
    const isRepeated = code === 'DUPLICATE_KEY';
    const said = syntaxMessage(code, message, word);
    return {
      severity: 'error' as const,
      code: isRepeated ? 'duplicate-key' : 'syntax',
      message: said,
      path: [],
      // Where the stack ends says nothing about the file.
      range:
        said === tooDeep
          ? places.range(0, 0)
          : places.range(pos[0], isRepeated ? Math.max(pos[1], pos[0] + word.length) : pos[1]),
    };
  });
}

function syntaxMessage(code: string, message: string, word: string): string {
  if (/call stack/i.test(message)) return tooDeep;
  switch (code) {
    case 'DUPLICATE_KEY':
      return `the key${word ? ` \`${word}\`` : ''} is given twice in one mapping, and only one could count; remove one of them`;
    case 'TAB_AS_INDENT':
      return 'a tab is used for indentation, which YAML does not allow; indent with spaces';
    case 'UNEXPECTED_TOKEN':
      return 'something here does not fit, such as a bracket, quote or comma too many; check the punctuation of this line';
    case 'MULTIPLE_DOCS':
      return 'the file holds more than one document (---); put each experiment in its own file';
    case 'BAD_INDENT':
      if (/end with a \]/.test(message)) return 'a list opened with [ is not closed; add the ] before this line';
      if (/end with a \}/.test(message)) return 'a mapping opened with { is not closed; add the } before this line';
      return `the indentation does not fit the lines around it (${lowerFirst(message)}); line keys of one mapping up`;
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'there is a second `: ` on this line; put a value that holds a colon in quotes, or start a new line for a nested mapping';
    default:
      return `not valid YAML: ${lowerFirst(message)}`;
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
