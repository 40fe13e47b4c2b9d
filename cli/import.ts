import type { ImportReport } from '../distill/import/import-table.ts';
import type { ColumnKind } from '../distill/import/kinds.ts';
import { grouped } from '../report/wording.ts';
import type { ColumnForm } from '../workspace/table-form.ts';
import { custom, flag, integer, list, number, text, UsageError } from './options.ts';
import { defineVerb } from './verb.ts';
import { facts } from './wording.ts';

/** Names between commas; a comma that belongs to a name has a backslash before it. */
const names = (help: string, placeholder: string) =>
  custom(
    help,
    placeholder,
    (value) => {
      const found = value.split(/(?<!\\),/).map((name) => name.replaceAll('\\,', ',').trim());
      return found.every((name) => name !== '') ? found : undefined;
    },
    'names between commas',
  );

const KINDS: readonly ColumnKind[] = ['levels', 'bins', 'flag', 'list', 'drop'];

export default defineVerb({
  name: 'import',
  summary: 'make a study of a table of decisions, without code',
  description: [
    'Reads a table of decisions (CSV with any delimiter, JSON Lines, JSON, Parquet; UTF-8 or UTF-16; plain or gzip), says what it understood, and writes scenario.json (a vocabulary: the words of the columns), data/train.jsonl, data/test.jsonl and study.json. Then train, evaluate, explain and visualize work as they are, and --train and --test take further tables of the same form.',
    'The label is a probability from 0 to 1, a 0 or 1, or the name of the action taken; several label columns hold the probability of an action each. Of the other columns, text becomes a group of phrases (“age: 18-29”), 0 and 1 a phrase, “a; b” a phrase each; numbers are levels if there are few, otherwise bins. Constant columns, identifiers, dates and free text are left out, and named.',
    'Columns a_price and b_price describe alternatives; with --key, a table has a row for each of them. Nothing is overwritten except an import from which nothing has been made yet.',
  ].join('\n'),
  positionals: ['TABLE'],
  world: 'none',
  options: {
    label: names('Column that says what was decided; several: the probability of each action.', 'COLUMN[,COLUMN…]'),
    actions: names(
      'Names of the actions, the default one first; VALUE=NAME if the label has codes.',
      'NAME,NAME…|VALUE=NAME,…',
    ),
    traits: list(names('Columns about people.', 'COLUMN,…')),
    contexts: list(names('Columns about situations.', 'COLUMN,…')),
    unit: text('Column whose rows stay together in the split, such as a person; none for no such column.', {
      placeholder: 'COLUMN',
      shown: 'an identifier that has several rows',
    }),
    weight: text('Column with the weight of a row.', { placeholder: 'COLUMN' }),
    compare: list(names('Labels of others beside it, such as a model’s, for evaluate.', 'COLUMN,…')),
    pairs: names('Beginnings or ends of the names of columns about alternatives; none for no such columns.', 'a_,b_'),
    key: names(
      'Column that the rows of one choice share, if each alternative has a row; several if choices are numbered anew for each person.',
      'COLUMN[,COLUMN…]',
    ),
    alternative: text('With --key: column that says which alternative a row is; none for the order of the rows.', {
      placeholder: 'COLUMN',
      shown: 'one with the same values in the same order in every choice',
    }),
    drop: list(names('Columns to leave out.', 'COLUMN,…')),
    kind: list(
      custom(
        `What a column is: ${KINDS.join(', ')}.`,
        'COLUMN=KIND',
        (value) => {
          const [, column, kind] = /^(.+)=([a-z]+)$/.exec(value) ?? [];
          const known = KINDS.find((one) => one === kind);
          return column !== undefined && known ? ([column, known] as const) : undefined;
        },
        `COLUMN= and one of ${KINDS.join(', ')}`,
      ),
    ),
    bins: integer('Number of bins of a numeric column.', { default: 5, min: 2, max: 100 }),
    levels: integer('Maximum number of levels of a column of text; the rarest others become one.', {
      default: 30,
      min: 2,
      max: 1000,
    }),
    decimal: list(
      custom(
        'What stands before decimals, if 1.234 could be either.',
        'point|comma|COLUMN=…',
        (value) => {
          const [, column = '', mark] = /^(?:(.+)=)?(point|comma)$/.exec(value) ?? [];
          return mark === undefined ? undefined : ([column, mark as 'point' | 'comma'] as const);
        },
        'point, comma, COLUMN=point or COLUMN=comma',
      ),
    ),
    delimiter: custom(
      'What separates the cells.',
      'CHARACTER|tab',
      (value) => (value === 'tab' || value === '\\t' ? '\t' : value.length === 1 ? value : undefined),
      'one character, or tab',
    ),
    skip: integer('Number of rows below the header that are not data.', { min: 0, shown: 'what can be seen' }),
    missing: list(names('Values that mean missing, beside empty cells and NA.', 'VALUE,…|COLUMN=VALUE')),
    fold: flag('Values that differ only in case, spaces or invisible characters are one.'),
    percent: flag('The label is in percent.'),
    'test-share': number('Share of the units, or observations, that are held out.', {
      default: 0.2,
      min: 0.001,
      max: 0.999,
    }),
    id: text('Name of the scenario.', { shown: 'the table’s' }),
  },
  stopped: 'nothing was written',
  examples: [
    ['understudy import loans.csv --label granted', 'a column of 0 and 1'],
    [
      'understudy import survey.csv --label p_buy --weight w --unit respondent',
      'probabilities, with weights and people',
    ],
    ['understudy import trips.csv --label mode --actions walk,bus,car', 'names of actions, the default first'],
    [
      'understudy import conjoint.csv --label choice --actions 1=A,2=B --unit person',
      'columns a_price, b_price and so on',
    ],
    ['understudy import long.csv --label chosen --key person,task', 'a row for each alternative'],
    ['understudy import both.csv --label human --compare model', 'then evaluate holds the two against each other'],
  ],
  async run({ values, positionals, signal, progress, report }) {
    const [table] = positionals;
    if (table === undefined)
      throw new UsageError('import needs a table: understudy import TABLE --label COLUMN', 'import');
    const { label, kind, decimal, unit, pairs, actions, ...rest } = values;
    if (label === undefined)
      throw new UsageError('import needs --label COLUMN: the column that says what was decided', 'import');
    const { importTable } = await import('../distill/import/import-table.ts');
    const all = (lists: readonly (readonly string[] | undefined)[]) => lists.flatMap((one) => one ?? []);
    const { traits, contexts, compare, drop, missing } = rest;
    const result = await importTable({
      table,
      label: label.length === 1 ? label[0]! : label,
      workspace: rest.workspace,
      seed: rest.seed,
      ...(actions && { actions }),
      ...(traits.length > 0 && { traits: all(traits) }),
      ...(contexts.length > 0 && { contexts: all(contexts) }),
      ...(unit !== undefined && { unit: unit === 'none' ? null : unit }),
      ...(rest.weight !== undefined && { weight: rest.weight }),
      ...(compare.length > 0 && { compare: all(compare) }),
      ...(pairs && { pairs: pairs.length === 1 && pairs[0] === 'none' ? [] : pairs }),
      ...(rest.key && { key: rest.key }),
      ...(rest.alternative !== undefined && {
        alternative: rest.alternative === 'none' ? null : rest.alternative,
      }),
      drop: all(drop),
      kinds: Object.fromEntries(kind.flatMap((one) => (one ? [one] : []))),
      bins: rest.bins,
      levels: rest.levels,
      ...(decimal.length > 0 && { decimal: Object.fromEntries(decimal.flatMap((one) => (one ? [one] : []))) }),
      ...(rest.delimiter !== undefined && { delimiter: rest.delimiter }),
      ...(rest.skip !== undefined && { skip: rest.skip }),
      missing: all(missing),
      fold: rest.fold,
      percent: rest.percent,
      testShare: rest['test-share'],
      ...(rest.id !== undefined && { id: rest.id }),
      signal,
      progress,
    });
    report(result, importedWords(result));
  },
});

/** What was understood, in lines for people. */
function importedWords({
  scenario,
  actions,
  table,
  labels,
  observations,
  decisions,
  notes,
  files,
  unchanged,
}: ImportReport): string[] {
  const { rows, label, unit, weight, compare, columns, dropped, split } = table;
  const passed = Object.entries(rows.passedOver);
  const of = (as: ColumnForm['as']) => columns.filter((column) => column.as === as);
  const compared = Object.keys(compare);
  return [
    `${scenario}: ${grouped(rows.read)} rows read; ${grouped(rows.train)} to train on, ${grouped(rows.test)} held out by ${split.by}`,
    ...facts([
      ['label', `${label.columns.join(', ')} (${labels}): ${actions.join(', ')}; the default is ${actions[0]}`],
      ...(unit === undefined ? [] : [['unit', unit] as const]),
      ...(weight === undefined ? [] : [['weight', weight] as const]),
      ...(compared.length === 0 ? [] : [['beside it', compared.join(', ')] as const]),
      ...(passed.length === 0
        ? []
        : [['passed over', passed.map(([reason, n]) => `${grouped(n)} rows ${reason}`).join(', ')] as const]),
      ...(observations === undefined
        ? []
        : [
            [
              'repeats',
              `${grouped(decisions)} rows put together to ${grouped(observations)} observations${unit === undefined ? '' : ` of one ${unit} each`}, with their mean, spread and number`,
            ] as const,
          ]),
    ]),
    ...(['traits', 'contexts'] as const).flatMap((as) => {
      const own = of(as);
      return own.length === 0 ? [] : [as === 'traits' ? 'Traits:' : 'Contexts:', ...facts(own.map(columnWords))];
    }),
    ...(dropped.length === 0 ? [] : ['Left out:', ...facts(dropped.map(({ name, why }) => [name, why] as const))]),
    ...(notes.length === 0 ? [] : ['Note:', ...notes.map((note) => `  ${note}`)]),
    ...(unchanged ? ['The same was imported before; nothing was written.'] : []),
    `  ${files.scenario}`,
    `  ${files.train}`,
    `  ${files.test}`,
    'Next: understudy check · understudy train · understudy evaluate · understudy visualize',
  ];
}

/** Phrases that are shown of a column. */
const SHOWN = 8;

function columnWords(column: ColumnForm): readonly [string, string] {
  const { name, phrases, counts, missing, kind } = column;
  const shown = phrases.slice(0, SHOWN).map((phrase, i) => `${phrase} (${grouped(counts[i]!)})`);
  const more = phrases.length > SHOWN ? `, … ${phrases.length} in all` : '';
  const none =
    missing === 0
      ? ''
      : kind === 'flag' || kind === 'list'
        ? `; none in ${grouped(missing)}`
        : `; missing in ${grouped(missing)}`;
  return [name, `${kind}: ${shown.join(', ')}${more}${none}`];
}
