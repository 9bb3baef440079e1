/** An experiment file read for the editor: with what is known of its data, so that checks speak up while typing. */
import type { Facts } from '../experiment/checks/facts';
import { parseExperiment, type ParsedExperiment, type ParseOptions } from '../experiment/parse';
import type { Problem } from '../experiment/problem';
import type { Experiment } from '../experiment/schema';
import { knownFacts } from './knownFacts';
import type { Span } from './sourceTree';

export interface ValidateOptions extends Omit<ParseOptions, 'facts'> {
  /** What is known of imported weights; asked once the experiment has resolved without errors. */
  readonly weightsOf?: (experiment: Experiment) => Facts['weights'];
}

/** Never throws on user input. */
export function validate(text: string, { weightsOf, ...options }: ValidateOptions): ParsedExperiment {
  const facts = (experiment: Experiment): Facts => {
    const weights = weightsOf?.(experiment);
    return { ...knownFacts(experiment), ...(weights && { weights }) };
  };
  return parseExperiment(text, { ...options, facts });
}

/** What the editor shows. */
export interface Diagnostic extends Span {
  readonly severity: Problem['severity'];
  readonly code: string;
  /** Begins with a capital, unless with a path or a name, and ends with a full stop. */
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
    message: `${message.replace(/^[a-z](?=[a-z'’-]*[\s,])/, (letter) => letter.toUpperCase())}${/[.?!…]$/.test(message) ? '' : '.'}`,
    unnecessary: withoutEffect.has(code),
  };
}
