/**
 * Notices that the other side has fallen silent. Time during which this process itself was asleep (a suspended laptop,
 * a debugger) does not count: silence grows by at most two periods a tick.
 */
export interface HeartbeatOptions {
  /** Silence after which `onSilence` is called, once per silence, and after which `onDead` is called, in ms. */
  readonly reportMs: number;
  readonly killMs: number;
  readonly onSilence: (seconds: number) => void;
  readonly onDead: (seconds: number) => void;
}

export function watchHeartbeat(options: HeartbeatOptions): { beat(): void; stop(): void } {
  const periodMs = Math.max(10, Math.min(1000, options.reportMs / 4));
  let silenceMs = 0;
  let isReported = false;
  let lastTick = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    silenceMs += Math.min(now - lastTick, 2 * periodMs);
    lastTick = now;
    if (silenceMs >= options.killMs) {
      clearInterval(timer);
      options.onDead(Math.round(silenceMs / 1000));
    } else if (silenceMs >= options.reportMs && !isReported) {
      isReported = true;
      options.onSilence(Math.round(silenceMs / 1000));
    }
  }, periodMs);
  timer.unref();
  return {
    beat: () => {
      silenceMs = 0;
      isReported = false;
    },
    stop: () => clearInterval(timer),
  };
}
