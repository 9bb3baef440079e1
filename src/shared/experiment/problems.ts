/** Collects problems about one experiment file and gives each its position. */
import type { ExperimentDocument } from './document';
import type { Path } from './places';
import type { Problem, QuickFix } from './problem';

/** As a check reports it: by path, without a position yet. */
export interface FoundProblem {
  readonly severity: Problem['severity'];
  readonly code: string;
  readonly message: string;
  readonly path: Path;
  /** Which part of the entry is marked; the value unless told. */
  readonly part?: 'key' | 'value';
  readonly fixes?: readonly (QuickFix | undefined)[];
}

export type Report = (problem: FoundProblem) => void;

export class ProblemList {
  private readonly found: Problem[] = [];

  constructor(private readonly document: ExperimentDocument) {}

  readonly report: Report = ({ severity, code, message, path, part, fixes }) => {
    const known = (fixes ?? []).filter((fix) => fix !== undefined);
    const range = this.document.rangeOf(path, part);
    // The pretrainings of one matrix share places, and often troubles.
    if (this.found.some((other) => other.message === message && other.range.start.offset === range.start.offset))
      return;
    this.found.push({ severity, code, message, path, range, ...(known.length > 0 ? { fixes: known } : {}) });
  };

  /** Where they are. */
  get errors(): readonly Path[] {
    return this.found.flatMap(({ severity, path }) => (severity === 'error' ? [path] : []));
  }

  get hasErrors(): boolean {
    return this.found.some((problem) => problem.severity === 'error');
  }

  /** In the order of the file. */
  sorted(): readonly Problem[] {
    return [...this.found].sort((a, b) => a.range.start.offset - b.range.start.offset);
  }
}
