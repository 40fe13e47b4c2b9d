/**
 * Up to n items of a list, evenly spread over it.
 * @example spread(['a', 'b', 'c', 'd'], 2) // => ['b', 'd']
 */
export function spread<T>(items: readonly T[], n: number): T[] {
  if (items.length <= n) return [...items];
  return Array.from({ length: n }, (_, i) => items[Math.floor(((i + 0.5) * items.length) / n)]!);
}
