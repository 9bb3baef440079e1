/** What `weights check` finds: the statistics of every layer for a fixed image, and what is suspicious about the weights. */

export interface LayerStatistics {
  readonly layer: string;
  /** [channels, height, width], or [channels] after the pooling. */
  readonly shape: readonly number[];
  readonly mean: number;
  /** With n - 1 in the denominator, as torch's. */
  readonly std: number;
  readonly max: number;
}

export interface WeightsCheck {
  /** How the file was made, in one line. */
  readonly origin: string;
  readonly matched: number;
  readonly leftOut: number;
  readonly layers: readonly LayerStatistics[];
  /** Sentences; empty when nothing is suspicious. */
  readonly warnings: readonly string[];
  /** PyTorch code that reproduces the statistics; absent for networks that torchvision does not have. */
  readonly snippet?: readonly string[];
  readonly runtime: string;
}

/** Of the image: value n of its [3, height, width] numbers is sin(frequency · n), worked out in double precision. */
export const checkFrequency = 0.37;

/** The fixed image in the layout of this project, [height, width, 3]; float32. */
export function makeCheckImage(size: number): Float32Array {
  const image = new Float32Array(3 * size * size);
  for (let channel = 0; channel < 3; channel++)
    for (let place = 0; place < size * size; place++)
      image[3 * place + channel] = Math.sin(checkFrequency * (channel * size * size + place));
  return image;
}

/** Mean, standard deviation (n - 1) and maximum, in two passes of double precision. NaN where a value is. */
export function summarise(values: Float32Array): Pick<LayerStatistics, 'mean' | 'std' | 'max'> {
  let [sum, squares, max] = [0, 0, -Infinity];
  for (const value of values) {
    sum += value;
    // A NaN must show, and stay.
    if (value > max || Number.isNaN(value)) max = value;
  }
  const mean = sum / values.length;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, std: Math.sqrt(squares / (values.length - 1)), max };
}
