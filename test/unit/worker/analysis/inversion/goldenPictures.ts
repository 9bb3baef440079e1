/** Pictures that test/golden/make/inversion.py makes from their names. */
import { uniformByName } from '../../models/formulaWeights';

/** [size, size, 3] in 0..1. */
export function goldenPicture(name: string, size: number): Float32Array {
  const grain = uniformByName(name, size * size * 3);
  return Float32Array.from(grain, (noise, index) => {
    const [x, y] = [(Math.floor(index / 3) % size) / size, Math.floor(index / 3 / size) / size];
    const wave = [Math.sin(5 * x + 3 * y), Math.cos(7 * y - x), Math.sin(9 * x * y)][index % 3]!;
    return Math.min(1, Math.max(0, 0.5 + 0.3 * wave + 0.15 * noise));
  });
}
