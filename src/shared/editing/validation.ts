/** An experiment file read for the editor: with what is known of its data, so that checks speak up while typing. */
import { parseExperiment, type ParsedExperiment, type ParseOptions } from '../experiment/parse';
import type { Problem } from '../experiment/problem';
import { knownFacts } from './knownFacts';
import type { Span } from './sourceTree';

export type ValidateOptions = Omit<ParseOptions, 'facts'>;

/** Never throws on user input. */
export function validate(text: string, options: ValidateOptions): ParsedExperiment {
  return parseExperiment(text, { ...options, facts: knownFacts });
}

/** What the editor shows. */
export interface Diagnostic extends Span {
  readonly severity: Problem['severity'];
  readonly code: string;
  /** Begins with a capital and ends with a full stop. */
  readonly message: string;
  /** What has no effect is greyed out rather than underlined alone. */
  readonly unnecessary: boolean;
}

const withoutEffect: ReadonlySet<string> = new Set(['no-effect', 'unused-data', 'matrix-overrides']);

export function toDiagnostic({ severity, code, message, range }: Problem): Diagnostic {
  return {
    start: range.start.offset,
    end: range.end.offset,
    severity,
    code,
    message: `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.?!…]$/.test(message) ? '' : '.'}`,
    unnecessary: withoutEffect.has(code),
  };
}
