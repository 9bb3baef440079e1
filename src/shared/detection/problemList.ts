/** Collects problems of annotation files: one entry per kind, with a count and the first few places. */
import type { DetectionProblem } from '../results/detections';

const SHOWN = 5;

export class ProblemList {
  private readonly byCode = new Map<string, { problem: DetectionProblem; count: number; examples: string[] }>();

  /** Nothing can be evaluated. */
  error(code: string, message: string): void {
    this.add({ severity: 'error', code, message, count: 1, examples: [] });
  }

  /** One more record with this problem; `place` is kept for the first few. */
  warn(code: string, message: string, place?: string): void {
    this.add({ severity: 'warning', code, message, count: 1, examples: place === undefined ? [] : [place] });
  }

  get hasErrors(): boolean {
    return [...this.byCode.values()].some(({ problem }) => problem.severity === 'error');
  }

  list(): DetectionProblem[] {
    return [...this.byCode.values()].map(({ problem, count, examples }) => ({ ...problem, count, examples }));
  }

  private add(problem: DetectionProblem): void {
    const known = this.byCode.get(problem.code);
    if (!known) {
      this.byCode.set(problem.code, { problem, count: 1, examples: [...problem.examples] });
      return;
    }
    known.count++;
    if (known.examples.length < SHOWN) known.examples.push(...problem.examples);
  }
}
