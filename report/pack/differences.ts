/** Numbers may differ by this much, relatively: another version of Node may round a logarithm otherwise. */
const TOLERANCE = 1e-9;

/**
 * Where two values of JSON differ, as `a.b[2]: 0.31, computed again 0.28`.
 * @param ignored names of members that are not compared, wherever they stand
 */
export function differences(kept: unknown, again: unknown, ignored: ReadonlySet<string>, path = ''): readonly string[] {
  if (typeof kept === 'number' && typeof again === 'number') {
    const apart = Math.abs(kept - again);
    return apart <= TOLERANCE * Math.max(1, Math.abs(kept)) ? [] : [`${path}: ${kept}, computed again ${again}`];
  }
  if (Array.isArray(kept) && Array.isArray(again)) {
    if (kept.length !== again.length) return [`${path}: ${kept.length} items, computed again ${again.length}`];
    return kept.flatMap((item, i) => differences(item, again[i], ignored, `${path}[${nameOf(item) ?? i}]`));
  }
  if (isRecord(kept) && isRecord(again))
    return [...new Set([...Object.keys(kept), ...Object.keys(again)])]
      .filter((name) => !ignored.has(name))
      .flatMap((name) => differences(kept[name], again[name], ignored, path === '' ? name : `${path}.${name}`));
  return kept === again ? [] : [`${path}: ${shown(kept)}, computed again ${shown(again)}`];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What an item of a list is called. */
const nameOf = (item: unknown): string | undefined =>
  isRecord(item) && typeof item.model === 'string' ? item.model : undefined;

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80));
