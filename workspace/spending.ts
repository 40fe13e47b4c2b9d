import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Workspace } from './paths.ts';
import { damaged, readText } from './result-file.ts';

const count = z.number().int().nonnegative();

/** What was spent on a teacher in a few seconds: a line of data/spending.jsonl, which is only ever added to. */
const spending = z.object({
  /** When the line was written. */
  at: z.string(),
  teacher: z.string(),
  /** Time in which it was asked. */
  seconds: z.number().nonnegative(),
  questions: count,
  /** Requests to a server; a question may take several, and what opens a server is none. */
  requests: count,
  /** The larger of what was reported and what the texts must have. */
  promptTokens: count,
  completionTokens: count,
  /** What was reported, where that is less. */
  reported: z.object({ promptTokens: count, completionTokens: count }).optional(),
  /** By the table of prices or the server's bill; null if neither is known, absent for a model that runs here. */
  cost: z.number().nonnegative().nullable().optional(),
});
export type SpendingLine = z.infer<typeof spending>;

/** What was spent on a teacher so far. */
export interface Spending extends Omit<SpendingLine, 'at' | 'reported'> {
  /** Questions whose cost is not known; they are not in `cost`. */
  readonly unpriced: number;
}

/** Where the spending on the answers of a label store stands. */
export const spendingBeside = (labels: string): string => join(dirname(labels), 'spending.jsonl');

/** Adds a line; lines of several processes do not mix. */
export function addSpending(path: string, line: SpendingLine): void {
  mkdirSync(dirname(path), { recursive: true });
  // The line feed comes first, so that a line that a killed process left unfinished spoils no other.
  appendFileSync(path, `\n${JSON.stringify(line)}\n`);
}

/** The lines of spending of a workspace, as they stand; none if nothing was spent. */
export async function spendingTexts(paths: Workspace): Promise<ReadonlySet<string>> {
  return new Set(((await readText(paths, paths.spending, 'dataset')) ?? '').split('\n'));
}

/**
 * What was spent in a workspace, by teacher in alphabetical order.
 * @throws {UnderstudyError} DISTILL_FILE where a line is not of this form; the beginning of one is passed over
 */
export async function readSpending(paths: Workspace): Promise<Spending[]> {
  const text = await readText(paths, paths.spending, 'dataset');
  const totals = new Map<string, Spending>();
  for (const [i, line] of (text ?? '').split('\n').entries()) {
    if (line.trim() === '' || !line.endsWith('}')) continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      continue;
    }
    const { data, error } = spending.safeParse(value);
    if (!data) throw damaged(paths, paths.spending, 'dataset', `line ${i + 1}: ${error.issues[0]!.message}`);
    totals.set(data.teacher, sum(totals.get(data.teacher), data));
  }
  return [...totals.values()].sort((a, b) => (a.teacher < b.teacher ? -1 : 1));
}

function sum(total: Spending | undefined, line: SpendingLine): Spending {
  const { at: _, reported: __, ...rest } = line;
  const unpriced = line.cost === null ? line.questions : 0;
  if (!total) return { ...rest, unpriced };
  const cost = [total.cost, line.cost].filter((one) => typeof one === 'number');
  return {
    teacher: line.teacher,
    seconds: total.seconds + line.seconds,
    questions: total.questions + line.questions,
    requests: total.requests + line.requests,
    promptTokens: total.promptTokens + line.promptTokens,
    completionTokens: total.completionTokens + line.completionTokens,
    cost: cost.length > 0 ? cost.reduce((a, b) => a + b, 0) : (line.cost ?? total.cost),
    unpriced: total.unpriced + unpriced,
  };
}
