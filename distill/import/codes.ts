/** Numbers that stand for something else in many surveys. */
const CODES = [
  ...[-1, -2, -3, -7, -8, -9, -66, -77, -88, -97, -98, -99, -777, -888, -997, -998, -999, -8888, -9999],
  ...[999, 9999, 99999],
];
/** Numbers above a scale of a few steps that stand for no answer. */
const ABOVE_A_SCALE = [7, 8, 9, 77, 88, 97, 98, 99, 777, 888, 997, 998, 999, 9999];

/**
 * Numbers that cannot be amounts like the others.
 * @param ascending distinct
 */
export function codesAmong(ascending: readonly number[]): number[] {
  const others = ascending.filter((number) => !CODES.includes(number));
  const least = others[0] ?? 0;
  const most = others.at(-1) ?? 0;
  return ascending.filter((number) => CODES.includes(number) && (number < 0 ? least >= 0 : most < number / 3));
}

/** Levels that look like codes for a missing answer: −99 beside words, or 99 beside 1 to 5. */
export function levelCodes(levels: readonly string[]): string[] {
  const numbers = levels.filter((level) => /^-?\d+(\.\d+)?$/.test(level)).map(Number);
  const written = (found: readonly number[]) => levels.filter((level) => found.includes(Number(level)));
  if (numbers.length < levels.length)
    // A number stands among words.
    return numbers.length <= 4 ? written(numbers.filter((number) => CODES.includes(number) || number >= 77)) : [];
  const positive = numbers.filter((number) => number >= 0).sort((a, b) => a - b);
  const end = positive.findIndex((number, i) => positive[i + 1] !== number + 1);
  const most = (positive[0] ?? 2) <= 1 ? positive[end]! : Number.POSITIVE_INFINITY;
  // A scale from −2 to 2 has its negative numbers for themselves.
  const mirrored = numbers.every((number) => numbers.includes(-number));
  return written(
    numbers.filter((number) =>
      number < 0
        ? CODES.includes(number) && !mirrored
        : ABOVE_A_SCALE.includes(number) && number >= most + 2 && most <= 10,
    ),
  );
}
