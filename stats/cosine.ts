/**
 * Mean cosine similarity over all pairs of vectors.
 * @param vectors shape [n, dimensions]
 * @throws {RangeError} if there are fewer than 2 vectors, lengths differ, or a vector is all zeros or has a value that
 *   is not finite: it has no direction
 * @returns from −1 / (n − 1) (spread as far as can be) to 1 (all in one direction)
 * @example meanCosineSimilarity([[1, 0], [0, 2], [1, 1]]) // => 0.4714…
 */
export function meanCosineSimilarity(vectors: readonly ArrayLike<number>[]): number {
  const n = vectors.length;
  if (n < 2) throw new RangeError(`cosine similarity compares 2 vectors or more, got ${n}`);
  const dimensions = vectors[0]!.length;
  // The sum of unit vectors, squared, is n plus twice the sum of all cosines: linear in n where pairs are quadratic.
  const total = new Float64Array(dimensions);
  vectors.forEach((vector, v) => {
    if (vector.length !== dimensions)
      throw new RangeError(
        `cosine similarity: vector 0 has ${dimensions} dimensions, vector ${v} has ${vector.length}`,
      );
    let squares = 0;
    for (let d = 0; d < dimensions; d++) squares += vector[d]! ** 2;
    if (!(squares > 0 && Number.isFinite(squares)))
      throw new RangeError(`cosine similarity: vector ${v} has length ${Math.sqrt(squares)}, so no direction`);
    const length = Math.sqrt(squares);
    for (let d = 0; d < dimensions; d++) total[d]! += vector[d]! / length;
  });
  let squares = 0;
  for (let d = 0; d < dimensions; d++) squares += total[d]! ** 2;
  return Math.min(1, (squares - n) / (n * (n - 1)));
}
