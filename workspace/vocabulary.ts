import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UnderstudyError } from '../env/error.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { defineVocabulary } from '../env/vocabulary.ts';
import { jsonStopsAt } from './json-place.ts';
import { list } from './result-file.ts';
import { type TableForm, tableForm } from './table-form.ts';

const phrases = list(z.string().min(1));
const words = {
  /** Phrases that hold or do not, each by itself. */
  phrases: phrases.optional(),
  /** Phrases of which exactly one holds, by the group's name. */
  groups: z.record(z.string(), phrases).optional(),
  /** Pairs of phrases that never hold together. */
  conflicts: list(z.tuple([z.string(), z.string()])).optional(),
};

const kindOfPerson = z.strictObject({ traits: list(z.string()), weight: z.number().optional() });
const population = z.union([z.string(), list(kindOfPerson)]);

const choice = z.strictObject({
  /** Sentences with the places {traits} and {contexts}, one for each paraphrase. */
  paraphrases: list(z.string()).optional(),
  /** What is asked, without the form of the reply. */
  question: z.string().optional(),
  /** Actions in words. */
  options: z.record(z.string(), z.string()).optional(),
});
const prompt = z.strictObject({
  /** Sentences with the places {traits} and {contexts}. */
  paraphrases: list(z.string()),
  /** What stands for an empty list. */
  none: z.strictObject({ traits: z.string(), contexts: z.string() }),
  /** What is asked, with the form of the reply. */
  question: z.string(),
  /** The same as a choice between options. */
  choice: choice.optional(),
});

/** A vocabulary as a .json file says it: what `defineVocabulary` takes, without functions. */
export const vocabularyFile = z.strictObject({
  /** Made of a–z, 0–9 and -. */
  id: z.string(),
  /** Two or more; the first is the default. */
  actions: list(z.string().min(1)),
  traits: z.strictObject({
    ...words,
    /** Probability of a phrase within its group, or of holding for one without a group. */
    shares: z.record(z.string(), z.number()).optional(),
    /** People: a file beside this one, or rows. */
    population: population.optional(),
  }),
  contexts: z.strictObject({ ...words }).optional(),
  /** How a teacher is asked. */
  prompt: prompt.optional(),
  /** How the table reads that the vocabulary was made of. */
  import: tableForm.optional(),
});
export type VocabularyFile = z.infer<typeof vocabularyFile>;

const forms = new WeakMap<Vocabulary, TableForm>();

/** How a table reads whose vocabulary this is; undefined for one that was not imported. */
export const tableFormOf = (vocabulary: Vocabulary): TableForm | undefined => forms.get(vocabulary);

/** Says that tables of a form are decisions in a vocabulary. @returns the vocabulary */
export function ofForm(vocabulary: Vocabulary, form: TableForm | undefined): Vocabulary {
  if (form) forms.set(vocabulary, form);
  return vocabulary;
}

/** The vocabulary that a file declares. @throws {UnderstudyError} what defineVocabulary throws */
export function vocabularyOf({ import: form, ...declaration }: VocabularyFile): Vocabulary {
  // The compiler checks what the types of a declaration say: at least two actions, one paraphrase.
  return ofForm(defineVocabulary(declaration as unknown as Parameters<typeof defineVocabulary>[0]), form);
}

/**
 * What a .json vocabulary says.
 * @throws {UnderstudyError} SCENARIO_FILE naming the file, and the line and column or the field
 */
export async function readVocabularyFile(path: string): Promise<VocabularyFile> {
  const wrong = (what: string, cause?: unknown) => new UnderstudyError('SCENARIO_FILE', `${path}${what}`, { cause });
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw wrong(` cannot be read (${error.code})`, error);
  });
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const { message } = error as Error;
    const { line, column } = jsonStopsAt(text.replace(/^\uFEFF/, ''));
    throw wrong(
      `:${line}:${column}: is not valid JSON (${message.replace(/,? *(in JSON )?at position.*$/s, '')})`,
      error,
    );
  }
  const parsed = vocabularyFile.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path: place, message } = parsed.error.issues[0]!;
  throw wrong(`: ${place.length > 0 ? `${place.join('.')}: ` : ''}${message}`);
}
