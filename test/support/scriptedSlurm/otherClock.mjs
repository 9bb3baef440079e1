/**
 * `node --import otherClock.mjs`: a machine whose clock is off by CLOCK_OFF_MS, or is set forward and back by CLOCK_JUMP_MS
 * every second.
 */
const off = Number(process.env.CLOCK_OFF_MS ?? 0);
const jump = Number(process.env.CLOCK_JUMP_MS ?? 0);
const RealDate = Date;
const shifted = () => RealDate.now() + off + (Math.floor(performance.now() / 1000) % 2 === 0 ? jump : -jump);

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(shifted());
    else super(...given);
  }
  static now() {
    return shifted();
  }
};
