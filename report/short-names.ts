/**
 * Names of teachers that fit a column: what stands after the last # or, if that is not enough, an end of the name, numbered
 * where two ends are alike.
 * @param width characters, 8 or more
 * @returns the short name of each, all different
 * @example shortNames(['server:http://127.0.0.1:8000/v1#google/gemma-3-4b-it', 'tiny'], 24)
 */
export function shortNames(names: readonly string[], width: number): ReadonlyMap<string, string> {
  const ends = names.map((name) => {
    if (name.length <= width) return name;
    const model = name.slice(name.lastIndexOf('#') + 1);
    return model.length <= width ? model : `…${model.slice(1 - width)}`;
  });
  return new Map(
    names.map((name, i) => {
      const end = ends[i]!;
      const alike = ends.filter((other) => other === end).length > 1;
      const number = `${i + 1}. `;
      return [name, alike ? `${number}${end.slice(0, width - number.length)}` : end] as const;
    }),
  );
}

/** What the short names stand for, a line each; empty if none is shorter. */
export const namesInFull = (short: ReadonlyMap<string, string>): string[] =>
  [...short].flatMap(([name, shown]) => (name === shown ? [] : [`${shown}: ${name}`]));
