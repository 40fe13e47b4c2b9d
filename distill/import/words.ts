import { UnderstudyError } from '../../env/error.ts';
import { folded } from '../../workspace/folded.ts';
import type { VocabularyFile } from '../../workspace/vocabulary.ts';
import type { Kind } from './kinds.ts';

/** A column's name as people write it: without underscores. */
export const readableName = (column: string): string =>
  column.replace(/_+/g, ' ').replace(/\s+/g, ' ').trim() || column;

/** Text as it is typed on a command line. */
export const argument = (text: string): string =>
  /^[\p{L}\p{N}_.,=:/+-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** Names or values as they are typed in a flag that takes several, between commas. */
export const listArgument = (texts: readonly string[]): string =>
  argument(texts.map((text) => text.replaceAll(',', '\\,')).join(','));

/** Names of columns whose lists hold whole phrases. */
const PHRASE_COLUMN = /^(traits?|contexts?|phrases?|tags?|features?)$/i;

/** A column with what its cells can say. */
export interface Worded {
  readonly column: string;
  readonly kind: Kind;
  /** Its question in words. */
  readonly title?: string;
  /** The alternative that it is about, and its attribute. */
  readonly side?: { readonly name: string; readonly attribute: string };
}

/** Phrases of each column, and the names of the groups that they make. */
export interface Wording {
  readonly group: string;
  readonly phrases: readonly string[];
}

/**
 * Words every value: "age: 18 to 29", "A: price 10", a column's name if it says yes or no; items as they are in a
 * column of phrases; with the column's name before it if two would be the same.
 * @throws {UnderstudyError} DISTILL_ARGUMENT if two still are
 */
export function wordsOf(columns: readonly Worded[]): Wording[] {
  const plain = columns.map(({ column, side, title }) =>
    side ? `${side.name} ${readableName(side.attribute)}` : (title ?? readableName(column)),
  );
  const taken = new Map<string, number>();
  for (const name of plain) taken.set(folded(name), (taken.get(folded(name)) ?? 0) + 1);
  const groups = plain.map((name, c) => (taken.get(folded(name))! > 1 ? columns[c]!.column : name));
  const wording = columns.map((column, c) => ({
    group: groups[c]!,
    phrases: column.kind.words.map((word) => phraseOf(column, groups[c]!, word, column.kind.kind === 'list')),
  }));
  const counts = new Map<string, number>();
  for (const phrase of wording.flatMap(({ phrases }) => phrases))
    counts.set(folded(phrase), (counts.get(folded(phrase)) ?? 0) + 1);
  const final = wording.map(({ group, phrases }, c) => ({
    group,
    phrases: phrases.map((phrase, i) =>
      counts.get(folded(phrase))! > 1 ? `${group}: ${columns[c]!.kind.words[i] || 'yes'}` : phrase,
    ),
  }));
  const seen = new Map<string, string>();
  final.forEach(({ phrases }, c) => {
    for (const phrase of phrases) {
      const other = seen.get(folded(phrase));
      const { column } = columns[c]!;
      if (other !== undefined)
        throw new UnderstudyError(
          'DISTILL_ARGUMENT',
          `the columns ${other} and ${column} both say "${phrase}"; rename one, or leave it out with --drop`,
        );
      seen.set(folded(phrase), column);
    }
  });
  return final;
}

function phraseOf({ side }: Worded, group: string, word: string, item: boolean): string {
  if (side) {
    const attribute = readableName(side.attribute);
    return `${side.name}: ${item ? word : word === '' ? attribute : `${attribute} ${word}`}`;
  }
  if (word === '') return group;
  return item && PHRASE_COLUMN.test(group) ? word : `${group}${/[?:.!]$/.test(group) ? '' : ':'} ${word}`;
}

/** The question that a teacher is asked about a person and a situation of the table. */
export function promptFor(
  actions: readonly string[],
  lists: { readonly traits: boolean; readonly contexts: boolean; readonly sides: boolean },
  label: string,
  title?: string,
): NonNullable<VocabularyFile['prompt']> {
  const asked = actions.slice(1);
  const person = lists.traits ? 'A person: {traits}. ' : '';
  const situation = lists.contexts ? `${lists.sides ? 'The alternatives' : 'The situation'}: {contexts}. ` : '';
  const plain = actions[0] === 'no' && actions[1] === 'yes';
  const what = plain
    ? title
      ? `the answer to “${title}” is yes`
      : `${readableName(label)} is yes`
    : lists.sides
      ? `this person chooses ${asked.join(', or ')}`
      : `this person’s decision is ${asked.map((action) => `“${action}”`).join(', or ')}`;
  const imagined = lists.traits ? 'Imagine someone of whom this is known: {traits}. ' : '';
  const rather = plain ? '' : lists.sides ? ` rather than ${actions[0]}` : ` rather than “${actions[0]}”`;
  return {
    paraphrases: [
      `${person}${situation}How likely is it that ${what}${rather}?`,
      `${imagined}${situation}Estimate the probability that ${what}${rather}.`,
    ],
    none: { traits: 'nothing is known about them', contexts: 'nothing out of the ordinary' },
    question: `Reply with JSON: {${asked.map((action) => `${JSON.stringify(action)}: a number from 0.00 to 1.00`).join(', ')}, "explanation": one sentence}.`,
    choice: {
      paraphrases: [`${person}${situation}`.trim(), `${imagined}${situation}`.trim()],
      ...(plain && {
        options: Object.fromEntries(
          actions.map((action) => [
            action,
            `${title ?? readableName(label)}${title && /[?:.!]$/.test(title) ? '' : ':'} ${action}`,
          ]),
        ),
      }),
    },
  };
}
