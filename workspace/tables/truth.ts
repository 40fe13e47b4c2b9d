/** Words for no and yes that belong together. */
const pairs = [
  ['0', '1'],
  ['0.0', '1.0'],
  ['false', 'true'],
  ['f', 't'],
  ['no', 'yes'],
  ['n', 'y'],
  ['nein', 'ja'],
  ['non', 'oui'],
  ['no', 'sí'],
  ['no', 'si'],
  ['falsch', 'wahr'],
  ['faux', 'vrai'],
  ['off', 'on'],
  ['not checked', 'checked'],
  ['unchecked', 'checked'],
  ['not selected', 'selected'],
] as const;

const truth = new Map<string, boolean>(pairs.flatMap(([no, yes]) => [[no, false] as const, [yes, true] as const]));

/** Whether a cell says yes or no; undefined if it says neither. */
export const truthOf = (cell: string): boolean | undefined => truth.get(cell.trim().toLowerCase());

/** Whether values are a no and a yes that belong together, in whatever case. */
export function saysYesOrNo(values: Iterable<string>): boolean {
  const distinct = new Set(Array.from(values, (value) => value.trim().toLowerCase()));
  return distinct.size === 2 && pairs.some((pair) => pair.every((word) => distinct.has(word)));
}
