/**
 * Edges that divide numbers into bins of about equal shares, rounded to as few digits as leave the shares about equal. With
 * heavily tied numbers there are fewer.
 * @param values in any order
 * @param bins at least 2
 * @returns ascending; a bin begins with its edge
 */
export function readableEdges(values: readonly number[], bins: number): number[] {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  const exact: number[] = [];
  for (let b = 1; b < bins; b++) {
    const edge = sorted[Math.floor((b * n) / bins)]!;
    if (edge > sorted[0]! && edge !== exact.at(-1)) exact.push(edge);
  }
  const below = (edge: number) => {
    let [low, high] = [0, n];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]! < edge) low = middle + 1;
      else high = middle;
    }
    return low / n;
  };
  for (const step of STEPS) {
    const rounded = exact.map((edge) => roundTo(edge, step));
    const distinct = rounded.every((edge, i) => edge > sorted[0]! && (i === 0 || edge > rounded[i - 1]!));
    if (!distinct) continue;
    // A sixth of a bin's share may move over a rounded edge.
    if (rounded.every((edge, i) => Math.abs(below(edge) - below(exact[i]!)) <= 1 / 6 / bins)) return rounded;
  }
  return exact;
}

/** Widths to round to, relative to a number's first digit, from coarse to fine. */
const STEPS = [1, 0.5, 0.1, 0.05, 0.01, 0.005, 0.001, 0.0001, 0.00001];

function roundTo(number: number, step: number): number {
  if (number === 0) return 0;
  const width = step * 10 ** Math.floor(Math.log10(Math.abs(number)));
  return Number((Math.round(number / width) * width).toPrecision(8)) + 0;
}

/**
 * Words for the bins between edges: "under 30", "30 to 44", "45 or more"; of numbers that are not integers "1.5 to under 2".
 * @param integers whether all numbers are
 */
export function binWords(edges: readonly number[], integers: boolean): string[] {
  const [first] = edges;
  const last = edges.at(-1);
  if (first === undefined || last === undefined) return [];
  const whole = integers && edges.every(Number.isInteger);
  return [
    `under ${first}`,
    ...edges.slice(1).map((to, i) => {
      const from = edges[i]!;
      if (!whole) return `${from} to under ${to}`;
      return to - from === 1 ? `${from}` : `${from} to ${to - 1}`;
    }),
    `${last} or more`,
  ];
}
