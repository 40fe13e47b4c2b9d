/**
 * What the labels of a file are: `probabilities`, how likely each action is, or `choices`, the one action that was taken.
 * A single choice is the law's outcome and not the law: errors against it have a floor that no model can pass.
 */
export const labelKinds = ['probabilities', 'choices'] as const;
export type LabelKind = (typeof labelKinds)[number];

/** Fewer rows of 0 and 1 may be probabilities that happen to be certain. */
const ENOUGH_ROWS = 20;
/** From this share of rows on, those of 0 and 1 among probabilities are mentioned. */
const WORTH_SAYING = 0.1;

/**
 * Choices if every row gives one action all probability, there are at least 20 rows and none of them is a mean of several
 * answers.
 * @param probabilities row-major [n, k]
 * @param repeats whether some row is a mean of several answers
 */
export function kindOfLabels(probabilities: ArrayLike<number>, k: number, repeats = false): LabelKind {
  const rows = probabilities.length / k;
  return !repeats && rows >= ENOUGH_ROWS && certainRows(probabilities, k) === rows ? 'choices' : 'probabilities';
}

/** What a person should know of the kind of labels; undefined if it is what it seems. */
export function kindOfLabelsInWords(probabilities: ArrayLike<number>, k: number, kind: LabelKind): string | undefined {
  const rows = probabilities.length / k;
  if (kind === 'choices') return 'each label is a single choice (0 or 1), not a probability';
  const certain = certainRows(probabilities, k);
  if (certain === rows && rows > 0)
    return `all labels are 0 or 1, in ${rows} ${rows === 1 ? 'row' : 'rows'}: too few to tell choices from probabilities, and read as probabilities`;
  if (certain < WORTH_SAYING * rows || certain === 0) return undefined;
  return `${certain} of ${rows} labels are exactly 0 or 1, among probabilities: all are read as probabilities`;
}

/** Rows in which one action has all probability. */
function certainRows(probabilities: ArrayLike<number>, k: number): number {
  let certain = 0;
  for (let row = 0; row < probabilities.length / k; row++)
    for (let a = 0; a < k; a++) if (probabilities[row * k + a] === 1) certain++;
  return certain;
}
