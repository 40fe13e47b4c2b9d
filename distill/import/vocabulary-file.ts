import type { ColumnForm, TableForm } from '../../workspace/table-form.ts';
import type { VocabularyFile } from '../../workspace/vocabulary.ts';
import type { Tally } from './tally.ts';
import type { Understood } from './understand.ts';
import { promptFor } from './words.ts';

/** What scenario.json says: phrases and groups of the columns, their shares among the rows, and how a teacher is asked. */
export function vocabularyFileOf(
  id: string,
  { label: { actions, form }, columns, sides, labelTitle }: Understood,
  tally: Tally,
  table: TableForm,
): VocabularyFile {
  const of = (as: ColumnForm['as']) => {
    const own = table.columns.filter((column) => column.as === as);
    const groups = own.flatMap((column) => ('group' in column ? [[column.group, column.phrases] as const] : []));
    const phrases = own.flatMap((column) => ('group' in column ? [] : column.phrases));
    return {
      ...(phrases.length > 0 && { phrases }),
      ...(groups.length > 0 && { groups: Object.fromEntries(groups) }),
    };
  };
  const shares = table.columns.flatMap((column, c) => {
    if (column.as !== 'traits') return [];
    const weights = tally.weights[c]!;
    const total = 'group' in column ? weights.reduce((sum, weight) => sum + weight, 0) : tally.weight;
    return column.phrases.map((phrase, i) => [phrase, Number((weights[i]! / total).toFixed(9))] as const);
  });
  const [traits, contexts] = [of('traits'), of('contexts')];
  const has = (words: object) => Object.keys(words).length > 0;
  return {
    id,
    actions: [...actions],
    traits: { ...traits, ...(shares.length > 0 && { shares: Object.fromEntries(shares) }) },
    ...(has(contexts) && { contexts }),
    prompt: promptFor(
      actions,
      { traits: has(traits), contexts: has(contexts), sides: sides !== undefined && columns.some(({ side }) => side) },
      form.columns.join(', '),
      labelTitle,
    ),
    import: table,
  };
}
