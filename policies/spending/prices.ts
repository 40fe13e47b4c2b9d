import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { UnderstudyError } from '../../env/error.ts';
import { dataFile } from '../../workspace/bundled.ts';

const amount = z.number().nonnegative();
const price = z.strictObject({
  /** For a million tokens of questions. */
  input: amount,
  /** For a million tokens of replies. */
  output: amount,
  /** What a batch costs, as a share of that; absent if it is not known. */
  batch: z.number().positive().max(1).optional(),
});
export type Price = z.infer<typeof price>;

const table = z.strictObject({
  date: z.string(),
  source: z.string(),
  currency: z.string(),
  models: z.record(z.string(), price),
});

/** What models cost: by the name of a teacher (`openai:gpt-4o-mini`, `server:URL#MODEL`) or of a model. */
export type PriceTable = z.infer<typeof table> & { readonly path: string };

/**
 * A table of prices: a JSON file in the form of the package's data/prices.json.
 * @param path default: the package's own
 * @throws {UnderstudyError} POLICY_FILE if it cannot be read or says something else
 */
export function readPrices(path = dataFile('prices.json')): PriceTable {
  const wrong = (what: string) =>
    new UnderstudyError('POLICY_FILE', `prices: ${path} ${what}; the package's data/prices.json shows the form`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw wrong(`cannot be read (${(error as Error).message})`);
  }
  const { data, error } = table.safeParse(value);
  if (data) return { ...data, path };
  const [issue] = error.issues;
  throw wrong(`is not a table of prices: ${issue!.path.join('.') || 'the file'}: ${issue!.message}`);
}

/**
 * The price of a teacher's model: under the teacher's own name, or the model's; undefined if the table has neither. A name
 * with a date at its end (`gpt-4o-mini-2024-07-18`) is that of the model without it.
 */
export function priceOf({ models }: PriceTable, teacher: string): Price | undefined {
  const model = teacher.slice(teacher.lastIndexOf('#') + 1);
  const names = [teacher, model].flatMap((name) => [name, name.replace(/-(?:\d{4}-\d{2}-\d{2}|\d{8})$/, '')]);
  const found = names.find((name) => Object.hasOwn(models, name));
  return found === undefined ? undefined : models[found];
}
