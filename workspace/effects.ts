import type { Workspace } from './paths.ts';
import { count, decimal, optional, type RowOf, readTable, tableText, text } from './table.ts';
import { writeFileAtomically } from './write-file.ts';

/** results/metrics/effects.csv: what phrases do to each model's decisions, pairs after main effects. */
const columns = {
  /** As evaluation.csv calls it. */
  model: ['model', text],
  phrase: ['phrase', text],
  /** The other phrase of a pair; absent for a main effect. */
  beside: ['beside', optional(text)],
  /** States in which it, or the pair, holds beside another trait. */
  states: ['states', count],
  /** Mean over these states of what it adds to P, or of what the pair adds beyond what each of the two does. */
  mean: ['mean', decimal],
  /** Mean of the absolute value: large beside a small mean where the effect changes its sign. */
  meanAbsolute: ['mean_absolute', decimal],
  /** Whose probability it is; absent from files of earlier versions, where it is the first beside the default. */
  action: ['action', optional(text), 'may lack'],
} as const;

export type ModelEffect = RowOf<typeof columns>;
/** What a phrase, or a pair of phrases, does to a policy's decisions over some states. */
export type Effect = Omit<ModelEffect, 'model'>;

export const effectsText = (rows: readonly ModelEffect[]): string => tableText(columns, rows);

/** @throws {UnderstudyError} DISTILL_FILE where the file is damaged */
export const readEffects = async (paths: Workspace): Promise<ModelEffect[]> =>
  (await readTable(paths, paths.effects, 'evaluate', columns)) ?? [];

/**
 * Puts a model's effects on one action in the place of its earlier ones, or at the end, and leaves the others as they
 * are.
 * @throws {UnderstudyError} DISTILL_FILE where the file is damaged
 */
export async function writeEffectsOf(
  paths: Workspace,
  model: string,
  action: string,
  effects: readonly Effect[],
): Promise<void> {
  const rows = withEffects(await readEffects(paths), model, action, effects);
  await writeFileAtomically(paths.effects, effectsText(rows));
}

/**
 * Rows with a model's effects on one action in the place of its earlier ones, or at the end. Rows that do not say their
 * action are from an earlier version and are replaced too.
 */
export function withEffects(
  rows: readonly ModelEffect[],
  model: string,
  action: string,
  effects: readonly Effect[],
): ModelEffect[] {
  const replaced = (row: ModelEffect) => row.model === model && (row.action ?? action) === action;
  const first = rows.findIndex(replaced);
  const at = first < 0 ? rows.length : first;
  const others = (part: readonly ModelEffect[]) => part.filter((row) => !replaced(row));
  return [...others(rows.slice(0, at)), ...effects.map((effect) => ({ model, ...effect })), ...others(rows.slice(at))];
}
