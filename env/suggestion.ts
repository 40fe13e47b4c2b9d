/** The candidate that `name` is probably a misspelling of: at most a third of its letters differ. */
export function suggestion(name: string, candidates: readonly string[]): string | undefined {
  const [best] = candidates
    .map((candidate) => ({ candidate, edits: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.edits - b.edits);
  return best?.candidate;
}

/**
 * Insertions, deletions, replacements and exchanges of neighbours between two words (optimal string alignment; Damerau,
 * "A technique for computer detection and correction of spelling errors", 1964).
 */
function editDistance(a: string, b: string): number {
  let above: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const beforeAbove = above;
    above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      const exchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          above[j]! + 1,
          row[j - 1]! + 1,
          above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
          exchanged ? beforeAbove[j - 2]! + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return row[b.length]!;
}
