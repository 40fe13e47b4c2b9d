import type { Vocabulary } from '../../env/scenario.ts';
import type { ColumnForm } from '../table-form.ts';
import { tableFormOf } from '../vocabulary.ts';
import type { Label } from './label-cells.ts';
import { type FileRow, type ReadRowsOptions, readRows } from './read-rows.ts';
import { readRecords } from './records.ts';
import { cleanName, readTable, type TableDecision } from './table-reading.ts';

/** A decision of a table, as a row of a data set. */
export function rowOfDecision(
  { said, label, compare, unit, weight }: TableDecision,
  columns: readonly ColumnForm[],
  { id, actions }: Pick<Vocabulary, 'id' | 'actions'>,
): Record<string, unknown> {
  const phrases = (kind: ColumnForm['as']) =>
    columns.flatMap((column, c) => (column.as === kind ? said[c]!.map((place) => column.phrases[place]!) : []));
  return {
    scenario: id,
    traits: phrases('traits'),
    context: phrases('contexts'),
    ...(label.action === undefined ? { probabilities: byAction(label, actions) } : { action: label.action }),
    ...Object.fromEntries(Object.entries(compare).map(([name, other]) => otherColumn(name, other, actions))),
    ...(weight !== undefined && { weight }),
    ...(unit !== undefined && { unit }),
  };
}

/** The column of what another said, in the form that its label has. */
function otherColumn(name: string, label: Label, actions: readonly string[]): readonly [string, unknown] {
  if (label.action !== undefined) return [`action_${name}`, label.action];
  return actions.length === 2
    ? [`probability_${name}`, rounded(label.probabilities[1]!)]
    : [`probabilities_${name}`, byAction(label, actions)];
}

export const byAction = ({ probabilities }: Label, actions: readonly string[]): Record<string, number> =>
  Object.fromEntries(actions.map((action, a) => [action, rounded(probabilities[a]!)]));

/** Six decimals, as everywhere in data sets. */
export const rounded = (value: number): number => Number(value.toFixed(6));

/**
 * Rows of a file of decisions; in a vocabulary that was imported, those of a further table of the same form, too.
 * @throws {UnderstudyError} POLICY_FILE, as `readRows` and `readTable`
 */
export async function decisionRows(
  path: string,
  vocabulary: Vocabulary,
  options: ReadRowsOptions & { readonly log?: ((line: string) => void) | undefined },
  take: (row: FileRow) => void,
): Promise<{ readonly sha256: string }> {
  const form = tableFormOf(vocabulary);
  if (!form || !(await isOfForm(path, form.label.columns))) return readRows(path, options, take);
  const passedOver = new Map<string, number>();
  const passOver = (reason: string) => void passedOver.set(reason, (passedOver.get(reason) ?? 0) + 1);
  // The further table may be a file of another kind.
  const { delimiter: _, ...readable } = form;
  const { sha256 } = await readTable(path, readable, vocabulary.actions, { ...options, passOver }, (decision) =>
    take({ place: decision.place, values: rowOfDecision(decision, form.columns, vocabulary) }),
  );
  const reasons = [...passedOver].map(([reason, n]) => `${n} ${reason}`);
  if (reasons.length > 0) options.log?.(`${path}: rows passed over: ${reasons.join(', ')}`);
  return { sha256 };
}

/** Ends a reading once the columns are known. */
class Known extends Error {}

/** Whether a file is a table with the label's columns, rather than rows with `traits` and `context`. */
async function isOfForm(path: string, labels: readonly string[]): Promise<boolean> {
  let columns: readonly string[] = [];
  try {
    await readRecords(path, { chunkBytes: 1 << 16 }, (_, known) => {
      columns = known.map(cleanName);
      throw new Known();
    });
  } catch (error) {
    // What does not read is said by the reader of its kind.
    if (!(error instanceof Known)) return false;
  }
  return labels.every((label) => columns.includes(label)) && !columns.includes('context');
}
