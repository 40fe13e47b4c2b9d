/**
 * The items that no other beats: none is as small in both costs and smaller in one. In order of the first cost.
 * @param costs of an item, smaller is better
 */
export function paretoFront<T>(items: readonly T[], costs: (item: T) => readonly [number, number]): T[] {
  const beats = (a: T, b: T) => {
    const [[a0, a1], [b0, b1]] = [costs(a), costs(b)];
    return a0 <= b0 && a1 <= b1 && (a0 < b0 || a1 < b1);
  };
  return items.filter((item) => !items.some((other) => beats(other, item))).sort((a, b) => costs(a)[0] - costs(b)[0]);
}
