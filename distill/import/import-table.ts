import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { UnderstudyError } from '../../env/error.ts';
import { scenarioHash } from '../../scenarios/study.ts';
import { PartFile } from '../../workspace/part-file.ts';
import { requireWritable, workspace } from '../../workspace/paths.ts';
import { jsonText } from '../../workspace/result-file.ts';
import type { ColumnForm, TableForm } from '../../workspace/table-form.ts';
import { byAction, rounded, rowOfDecision } from '../../workspace/tables/imported-rows.ts';
import { type Readable, readTable } from '../../workspace/tables/table-reading.ts';
import { vocabularyFile, vocabularyOf } from '../../workspace/vocabulary.ts';
import { type ImportOptions, requireImportOptions } from './options.ts';
import { requireReplaceable } from './replaceable.ts';
import { type Survey, surveyTable } from './survey.ts';
import { type Repeats, repeatKey, Tally } from './tally.ts';
import { type Understood, type UsedColumn, understand } from './understand.ts';
import { vocabularyFileOf } from './vocabulary-file.ts';

export type { ImportOptions } from './options.ts';

/** What was understood of a table, and written. */
export interface ImportReport {
  readonly scenario: string;
  readonly actions: readonly string[];
  /** How the table reads: columns with their phrases and counts, the label, what was dropped and passed over. */
  readonly table: TableForm;
  /** Whether labels are single choices, or probabilities. */
  readonly labels: 'choices' | 'probabilities';
  /** Rows that repeats of one observation, by one unit if there are units, were put together to, if they were. */
  readonly observations?: number;
  /** Decisions that were used. */
  readonly decisions: number;
  /** What a person should know, or may want to say otherwise. */
  readonly notes: readonly string[];
  readonly files: { readonly scenario: string; readonly train: string; readonly test: string; readonly study: string };
  /** Whether the same files were there already. */
  readonly unchanged: boolean;
}

/**
 * Makes a study of a table: understands its columns, and writes scenario.json (a vocabulary), data/train.jsonl,
 * data/test.jsonl and study.json. The same table and options give the same bytes. The table is streamed, so that memory does
 * not grow with its rows. Nothing is written over but an import that nothing was made of yet.
 * @throws {UnderstudyError} DISTILL_ARGUMENT for what cannot be told, with what to give; POLICY_FILE for rows that do not
 *   read, with line, column and value; DISTILL_FILE for files that would be lost
 */
export async function importTable(options: ImportOptions): Promise<ImportReport> {
  requireImportOptions(options);
  const { seed = 0, testShare = 0.2, signal } = options;
  const paths = workspace(options.workspace ?? '.');
  await requireWritable(paths.root);
  const passes = options.key === undefined ? 3 : 4;
  const tell = await progressOf(options, passes);

  const survey = await surveyTable(options, tell);
  signal?.throwIfAborted();
  const understood = understand(survey, options);
  const unplaced = readableOf(survey, understood, options);
  const { actions } = understood.label;

  const { eachOther } = understood;
  const apart = understood.unit === undefined ? eachOther : undefined;
  const mayRepeat = understood.label.form.kind === 'probability' && apart === undefined;
  const tally = new Tally(
    understood.columns.map(({ phrases }) => phrases.length),
    {
      seed,
      silent: understood.columns.map(({ kind }) => kind.kind === 'levels' || kind.kind === 'bins'),
      repeats: mayRepeat && options.weight === undefined && options.compare === undefined,
      singly: understood.label.form.kind === 'choice' && understood.unit === undefined,
    },
  );
  const reading = { chunkBytes: options.chunkBytes, onBytes: tell };
  const { rows: read } = await readTable(
    options.table,
    unplaced,
    actions,
    { ...reading, passOver: (reason) => tally.passOver(reason) },
    (decision) => tally.add(decision),
  );
  signal?.throwIfAborted();
  const threshold = tally.threshold(testShare);
  if (threshold === undefined)
    throw new UnderstudyError(
      'DISTILL_ARGUMENT',
      `${options.table}: ${tally.rows === 0 ? 'no row can be used' : `all ${tally.rows} rows are of one ${understood.unit ?? 'observation'}`}, so there is nothing to hold out${reasonsIn(tally)}`,
    );
  const columns = placedColumns(understood, tally, options);
  const form = { ...unplaced, columns };

  const train = new PartFile(paths.train);
  const test = new PartFile(paths.test);
  try {
    const id = options.id ?? idOf(options.table);
    const repeats = tally.repeats;
    // A mean counts for as many rows as it is of.
    const uneven = repeats !== undefined && new Set(Array.from(repeats.values(), ({ count }) => count)).size > 1;
    const written = new Set<string>();
    let at = 0;
    await readTable(options.table, form, actions, reading, (decision) => {
      const row = rowOfDecision(decision, columns, { id, actions });
      const part = tally.draw(decision, at++) < threshold ? test : train;
      if (!repeats) {
        part.line(JSON.stringify(row));
        return;
      }
      const key = repeatKey(decision);
      if (written.has(key)) return;
      written.add(key);
      part.line(JSON.stringify({ ...row, ...repeated(repeats.get(key)!, actions, uneven) }));
    });
    const files = { train: train.close(), test: test.close() };
    const table: TableForm = {
      source: { file: basename(options.table), sha256: survey.sha256 },
      ...form,
      dropped: [...understood.dropped],
      split: { by: understood.unit ?? tally.by, share: testShare, seed },
      rows: { read, train: train.lines, test: test.lines, passedOver: Object.fromEntries(tally.passedOver) },
      files,
    };
    const file = vocabularyFileOf(id, understood, tally, table);
    const text = jsonText(file);
    // What is written is what will be opened.
    const vocabulary = vocabularyOf(vocabularyFile.parse(JSON.parse(text)));
    const unchanged = await requireReplaceable(paths, { text, files });
    if (!unchanged) {
      const [scenario, study] = [new PartFile(paths.scenario), new PartFile(paths.study)];
      try {
        scenario.line(text.trimEnd());
        study.line(
          jsonText({ scenario: id, file: 'scenario.json', sha256: scenarioHash(vocabulary), parameters: {} }).trimEnd(),
        );
        for (const part of [scenario, study]) part.close();
        for (const part of [train, test, scenario, study]) part.commit();
      } finally {
        for (const part of [scenario, study]) part.discard();
      }
    }
    return {
      scenario: id,
      actions,
      table,
      labels: understood.label.form.kind === 'choice' ? 'choices' : 'probabilities',
      ...(repeats && { observations: repeats.size }),
      decisions: tally.rows,
      notes: [
        ...understood.notes,
        ...(repeats && understood.unit === undefined
          ? [
              'rows of one observation are taken for repeats of one question; if they are of different people, name these with --unit',
            ]
          : []),
        ...(understood.label.form.kind === 'probability' && apart !== undefined
          ? [`each row is of another ${apart}, so rows of one observation are not put together`]
          : []),
        ...(tally.tooMany
          ? ['too many different observations to put repeats together: each row stands for itself']
          : []),
      ],
      files: { scenario: paths.scenario, train: paths.train, test: paths.test, study: paths.study },
      unchanged,
    };
  } finally {
    train.discard();
    test.discard();
  }
}

/** A table smaller than this is read before anybody could follow it. */
const FOLLOWED = 8 << 20;

/** Tells how much of the table is done, all passes over it together. */
async function progressOf({ table, progress, signal }: ImportOptions, passes: number) {
  const size = (await stat(table).catch(() => undefined))?.size ?? 0;
  let read = 0;
  return (bytes: number) => {
    signal?.throwIfAborted();
    read += bytes;
    const done = Math.min(size, Math.round(read / passes));
    if (size < FOLLOWED && done < size) return;
    progress?.({ stage: 'reading the table', done, of: size, unit: 'bytes' });
  };
}

function readableOf(
  survey: Survey,
  { label, compare, unit, weightDecimal, columns }: Understood,
  options: ImportOptions,
): Readable {
  return {
    ...(survey.delimiter !== undefined && { delimiter: survey.delimiter }),
    skip: survey.skip,
    missing: [...survey.missing],
    fold: options.fold ?? false,
    label: label.form,
    compare,
    ...(unit !== undefined && { unit }),
    ...(options.weight !== undefined && { weight: options.weight }),
    ...(weightDecimal && { weightNumbers: { decimal: weightDecimal } }),
    ...(survey.choices && { choices: survey.choices }),
    columns: columns.map((column) => formOf(column, 'traits', [], 0)),
  };
}

function formOf(
  { column, kind, group, phrases }: UsedColumn,
  as: ColumnForm['as'],
  counts: number[],
  missing: number,
): ColumnForm {
  const common = { name: column, as, phrases: [...phrases], counts, missing };
  switch (kind.kind) {
    case 'levels': {
      const { words: _, note: __, other, ...form } = kind;
      return { ...common, ...form, group, ...(other !== undefined && { other: phrases.at(-1)! }) };
    }
    case 'bins': {
      const { words: _, note: __, ...form } = kind;
      return { ...common, ...form, group };
    }
    default: {
      const { words: _, note: __, ...form } = kind;
      return { ...common, ...form };
    }
  }
}

/** Columns as traits or contexts, with their counts. */
function placedColumns({ columns }: Understood, tally: Tally, { traits, contexts }: ImportOptions): ColumnForm[] {
  // If everything differs within a unit, a unit is who decides, and the columns say about whom.
  const constant = columns.some(({ side }, c) => side !== undefined || !tally.varies[c]);
  return columns.map((column, c) => {
    const names = [column.column, ...(column.side ? [column.side.attribute] : [])];
    const isIn = (list: readonly string[] | undefined) => names.some((name) => list?.includes(name));
    const guess = column.side !== undefined || (constant && tally.varies[c]) ? 'contexts' : 'traits';
    const as = isIn(contexts)
      ? 'contexts'
      : isIn(traits)
        ? 'traits'
        : traits
          ? 'contexts'
          : contexts
            ? 'traits'
            : guess;
    return formOf(column, as, tally.counts[c]!, tally.missing[c]!);
  });
}

/** A row that stands for several of one observation: their mean, how many, and how far apart. */
function repeated({ count, sums, squares }: Repeats, actions: readonly string[], uneven: boolean): object {
  const means = sums.map((sum) => sum / count);
  const spread = means.map((mean, a) => Math.sqrt(Math.max(0, squares[a]! - count * mean * mean) / (count - 1)));
  return {
    probabilities: byAction({ probabilities: means }, actions),
    ...(uneven && { weight: count }),
    repeats: count,
    ...(count > 1 && { spread: Object.fromEntries(actions.map((action, a) => [action, rounded(spread[a]!)])) }),
  };
}

const idOf = (table: string): string =>
  basename(table)
    .replace(/(\.gz)?$/i, '')
    .replace(/\.[^.]+$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '') || 'table';

const reasonsIn = ({ passedOver }: Tally): string =>
  passedOver.size === 0 ? '' : ` (passed over: ${[...passedOver].map(([reason, n]) => `${n} ${reason}`).join(', ')})`;
