/**
 * Half precision: IEEE 754 binary16 (1 sign, 5 exponent, 10 fraction bits) both ways, and bfloat16 (the upper half of a
 * float32) on the way in. Typed arrays have no half type in the Node versions we support.
 */

/** Every bit pattern's value; made for the first large tensor, since looking up is ten times as fast as working out. */
let table: Float32Array | undefined;
const worthTable = 100_000;

/** binary16 → float32, exact for every bit pattern (a NaN stays a NaN). */
export function decodeFloat16(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  if (halves.length > worthTable) table ??= Float32Array.from({ length: 65_536 }, (_, half) => widenHalf(half));
  if (table) for (let index = 0; index < halves.length; index++) values[index] = table[halves[index]!]!;
  else for (let index = 0; index < halves.length; index++) values[index] = widenHalf(halves[index]!);
  return values;
}

/** float32 → binary16, rounded to nearest, ties to even; 65,520 and beyond become infinite, as IEEE 754 says. */
export function encodeFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let index = 0; index < bits.length; index++) halves[index] = roundToHalf(bits[index]!);
  return halves;
}

/** bfloat16 → float32, exact. */
export function decodeBfloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let index = 0; index < halves.length; index++) bits[index] = halves[index]! << 16;
  return new Float32Array(bits.buffer);
}

function widenHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24; // subnormal
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function roundToHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x47800000) return sign | 0x7c00; // 65,536 and more, infinity
  if (magnitude >= 0x38800000) {
    // Normal (2⁻¹⁴ and more): move the exponent's bias from 127 to 15 and drop 13 fraction bits.
    return sign | shiftToNearestEven(magnitude - 0x38000000, 13);
  }
  if (magnitude < 0x33000000) return sign; // below half the smallest subnormal, 2⁻²⁵
  // Subnormal: units of 2⁻²⁴.
  const fraction = 0x800000 | (magnitude & 0x7fffff);
  return sign | shiftToNearestEven(fraction, 126 - (magnitude >>> 23));
}

/** value / 2^shift rounded to nearest, ties to even. A carry into the exponent field is the right answer. */
function shiftToNearestEven(value: number, shift: number): number {
  const kept = value >>> shift;
  const rest = value & (2 ** shift - 1);
  const half = 2 ** (shift - 1);
  return rest > half || (rest === half && kept & 1) ? kept + 1 : kept;
}
