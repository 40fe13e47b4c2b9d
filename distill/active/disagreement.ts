/**
 * How far the members of a committee are apart about each row: the population variance over members of P(a), summed
 * over the actions but the first. 0 where all say the same.
 * Krogh & Vedelsby, "Neural network ensembles, cross validation, and active learning", NIPS 1994: the ambiguity.
 * @param answers shape [members], each row-major [n, k]
 * @param k actions
 * @returns shape [n]
 */
export function disagreement(answers: readonly Float64Array[], k: number): Float64Array {
  const n = (answers[0]?.length ?? 0) / k;
  return Float64Array.from({ length: n }, (_, row) => {
    let sum = 0;
    for (let a = 1; a < k; a++) {
      const at = row * k + a;
      // Measured from the first member, members that agree to the last bit have no variance, not one of rounding.
      const first = answers[0]![at]!;
      let mean = 0;
      let squares = 0;
      for (const answer of answers) {
        mean += (answer[at]! - first) / answers.length;
        squares += (answer[at]! - first) ** 2 / answers.length;
      }
      sum += Math.max(0, squares - mean * mean);
    }
    return sum;
  });
}
