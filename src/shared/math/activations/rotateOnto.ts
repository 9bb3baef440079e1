/** Orthogonal Procrustes in a few dimensions (Schönemann 1966): the rotation or reflection that brings points nearest to others. */
import { Matrix as MlMatrix, SingularValueDecomposition } from 'ml-matrix';

/** R = U Vᵀ of aᵀ b = U S Vᵀ, which minimises ‖a R − b‖; [size, size]. a, b: [points, size], centred. */
export function rotationOnto(a: ArrayLike<number>, b: ArrayLike<number>, size: number): Float64Array {
  const cross = MlMatrix.zeros(size, size);
  for (let start = 0; start < a.length; start += size)
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) cross.set(i, j, cross.get(i, j) + a[start + i]! * b[start + j]!);
  const { leftSingularVectors, rightSingularVectors } = new SingularValueDecomposition(cross);
  return Float64Array.from(leftSingularVectors.mmul(rightSingularVectors.transpose()).to1DArray());
}

/** Points times R. */
export function rotatePoints(points: ArrayLike<number>, rotation: Float64Array, size: number): Float32Array {
  const turned = new Float32Array(points.length);
  for (let start = 0; start < points.length; start += size)
    for (let j = 0; j < size; j++) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += points[start + i]! * rotation[i * size + j]!;
      turned[start + j] = sum;
    }
  return turned;
}
