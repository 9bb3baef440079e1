/**
 * Decides whether sharing work with threads pays. On a machine whose cores are busy with something else, a thread that
 * loses its core in the middle of a unit makes everyone wait; then one thread is faster than several. The decision
 * changes who computes, never what.
 */

/** Shared runs after which the balance is drawn. */
const windowRuns = 128;
const shortestPause = 512;
const longestPause = 8192;

export class Teamwork {
  private gain = 0;
  private runs = 0;
  private pause = shortestPause;
  private alone = 0;

  /** Whether to share the next run. */
  shares(): boolean {
    if (this.alone === 0) return true;
    this.alone--;
    return false;
  }

  /**
   * Reports a shared run: milliseconds of own work and of waiting for the others, and units done by oneself and in all.
   * Alone it would have taken own work × all units / own units.
   */
  report({
    worked,
    waited,
    ownUnits,
    units,
  }: {
    worked: number;
    waited: number;
    ownUnits: number;
    units: number;
  }): void {
    if (ownUnits > 0) this.gain += (worked * units) / ownUnits - (worked + waited);
    if (++this.runs < windowRuns) return;
    if (this.gain < 0) {
      this.alone = this.pause;
      this.pause = Math.min(this.pause * 2, longestPause);
    } else {
      this.pause = shortestPause;
    }
    this.gain = 0;
    this.runs = 0;
  }
}
