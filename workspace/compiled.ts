import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UnderstudyError } from '../env/error.ts';
import { list } from './result-file.ts';
import { writeFileAtomically } from './write-file.ts';

const level = z.union([z.string(), z.number()]);
const count = z.int().min(0);

const table = z.object({
  /** What is read: a factor now (`sky`) or in the tick that begins (`sky'`), `action`, or `trait:PHRASE`. */
  parents: list(z.string()),
  /** Levels of each parent: 2 for a trait, 0 or 1. */
  sizes: list(count),
  /** A value for each combination of the parents' levels, the last parent fastest. */
  rows: list(z.unknown()),
});

const factor = z.object({
  name: z.string(),
  /** Texts or numbers. */
  levels: list(level),
  /** Law of the level at tick 0: a table of weights out of 65,536, one for each level. */
  start: table,
  /** Law of the level in the tick that begins. */
  next: table,
});

const crowdFactor = z.object({
  name: z.string(),
  /** Texts or numbers. */
  levels: list(level),
  /** Index of the level at tick 0, everywhere. */
  start: count,
  /** Whether an agent is counted, in the tick that ends. */
  who: table,
  /** What agents are counted by: the levels of an agent factor, or the phrases of a group of traits. Absent: one level for all. */
  by: z.object({ kind: z.enum(['factor', 'group']), name: z.string() }).optional(),
  in: z.enum(['share', 'per capita', 'count']),
  /** Ascending. The level is the number of cuts that the count reaches: agents, or millionths of a share. */
  cuts: list(z.number()),
  /** Whether the count starts again at 0, by the world of the tick that begins. Absent: each tick counts alone. */
  since: table.optional(),
});

const traitBlock = z.object({
  /** Indices of the phrases of each set, ascending. */
  sets: list(list(count)),
  weights: list(z.number()),
  /** What the weights sum to: 65,536 or 2^52. */
  total: z.number(),
});

const scenario = z.object({
  id: z.string(),
  /** The first is the default, to which the weights of actions go that are not allowed. */
  actions: list(z.string()),
  traits: list(z.string()),
  contexts: list(z.string()),
  /** Traits, then contexts. */
  phrases: list(z.string()),
  /** Phrases, by their indices, of which exactly one holds. Absent if there are none. */
  groups: list(z.object({ name: z.string(), kind: z.enum(['traits', 'contexts']), phrases: list(count) })).optional(),
  /** Pairs of phrase indices that never hold together. */
  conflicts: list(list(count)),
  /** Laws of trait sets, each drawn by itself: a person has the union of one set of each. */
  traitLaw: list(traitBlock),
  /** How a teacher is asked. */
  prompt: z.unknown(),
  /** The rule of its oracle, if it is data. */
  knownRule: z.unknown().optional(),
  discount: z.number(),
  /** Ticks in an episode. */
  horizon: count,
  ticksPerDay: count,
  /** Factors that all share, in the order in which they are drawn within a tick. */
  world: list(factor),
  /** Factors that each agent has, in the order in which they are drawn, after the world and the crowd. */
  agent: list(factor),
  /** Factors that the crowd makes. Absent if there are none. */
  crowd: list(crowdFactor).optional(),
  /** By context: a table of whether it holds. */
  observe: list(table),
  /** By action: a table of whether it is allowed. */
  allowed: list(table),
  /** A table of numbers. */
  reward: table,
  /** By name: a table of numbers. */
  measures: z.record(z.string(), table),
  map: z.unknown().optional(),
});

const draws = z.object({
  /** By agent factor: the number of its draw within a tick. */
  slots: list(count),
  /** What is added to the third counter word for the high byte of a draw, and for the low byte. */
  blocks: list(count),
});

const luck = z.object({
  /** By stream, the low byte of the second word of its key: (seed mod 2^32, ⌊seed / 2^32⌋ · 256 + stream). World factor f draws in `world`, at a tick the 16 bits from bit 16 · (f mod 2) on of word ⌊(f mod 8) / 2⌋ of the block with the counter (0, tick, ⌊f / 8⌋, 0). */
  streams: z.object({ world: count, agents: count }),
  /** Number of the draw that decides the action, of the kind of `next`. */
  action: count,
  /** Draws of a tick. A byte of draw n of agent a is byte a mod 4 of word n mod 4 of the block (⌊a / 4⌋, tick, 4 · ⌊n / 4⌋ + b, 0), b from `blocks`. The draw is 256 · high + low. */
  next: draws,
  /** Draws of the state at tick 0. */
  start: draws,
  /** Draw b decides an agent's set in law b. Out of 65,536: 16 bits from bit 16 · (agent mod 2) on of word ⌊(agent mod 8) / 2⌋ of the block (⌊agent / 8⌋, 0, traitBlock − b, 0). Out of 2^52: the upper 26 bits of the first two words of the block (agent, 0, traitBlock − b, 0). */
  traitBlock: count,
  /** In a population, agents of one trait set stand together, from a multiple of this on, and an agent draws as the place where it stands. */
  places: count,
});

const decision = z.object({
  /** Indices of the phrases that hold, ascending. */
  phrases: list(count),
  /** Out of 65,536, by action. */
  weights: list(count),
});

const decisions = z.object({
  /** Id of the policy. */
  policy: z.string(),
  /** Every observation that can occur. */
  rows: list(decision),
});

const compiledFile = z.object({
  format: z.literal('understudy-compiled'),
  /** Of this form. */
  version: z.literal(1),
  /** Tells worlds apart: the SHA-256 that study.json has. */
  sha256: z.string(),
  /** Values of the parameters with which it was made. */
  parameters: z.record(z.string(), z.number()),
  /** The compiled tables. */
  scenario,
  /** Which random bits decide what: Philox4x32-10, counters and keys of 32-bit words. */
  luck,
  /** What a policy decides, with --policy. */
  decisions: decisions.optional(),
});
export type CompiledFile = z.infer<typeof compiledFile>;

/** Names a file of compiled tables. */
export const COMPILED_FORMAT = compiledFile.shape.format.value;

/** Checks a value and gives it back as text of one line. */
export const compiledText = (value: object): string => {
  const text = JSON.stringify(value);
  compiledFile.parse(JSON.parse(text));
  return `${text}\n`;
};

/**
 * Writes a file of compiled tables, in place of an older one if there is one.
 * @throws {UnderstudyError} DISTILL_FILE if something else is there, or it cannot be written
 */
export async function writeCompiledFile(path: string, text: string): Promise<void> {
  const before = await readFile(path, 'utf8').catch(() => undefined);
  if (before !== undefined && !before.startsWith(`{"format":"${COMPILED_FORMAT}"`))
    throw new UnderstudyError('DISTILL_FILE', `${path} is there and holds no compiled tables; choose another name`);
  await writeFileAtomically(path, text);
}
