import type { Scenario } from '../env/scenario.ts';
import { csvLine, joinPhrases } from '../workspace/csv.ts';
import type { GrowingFile } from '../workspace/growing-file.ts';
import type { Population } from './engine/population.ts';

/** Agents whose rows are written without a look at the room that is left. */
const SPAN = 1000;

/** The last three digits of a number, with zeros and without. */
const digits = Uint8Array.from({ length: 3 * SPAN }, (_, i) => 48 + (Math.floor(i / 3 / 10 ** (2 - (i % 3))) % 10));

/** Digits of a number below a thousand. */
const lengthOf = (n: number): number => (n < 10 ? 1 : n < 100 ? 2 : 3);

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/**
 * Rows `tick,agent,action` of those who did not take the default action in the tick that was played last. Numbers are
 * written digit by digit into the file's bytes: a string for each row would cost more than the tick itself.
 */
export async function writeActions(
  file: GrowingFile,
  tick: number,
  population: Population,
  { actions: names }: Scenario,
): Promise<void> {
  const ends = names.map((name) => bytesOf(`,${csvLine([name])}\n`));
  const longest = Math.max(...ends.map(({ length }) => length));
  for (const { agent, actions } of population.groups())
    for (let from = 0; from < actions.length; ) {
      const thousand = Math.floor((agent + from) / SPAN);
      const to = Math.min(actions.length, (thousand + 1) * SPAN - agent);
      const begin = bytesOf(`${tick},${thousand > 0 ? thousand : ''}`);
      await file.room((to - from) * (begin.length + 3 + longest));
      file.used = writeSpan(file.bytes, file.used, begin, actions, from, to, agent - thousand * SPAN, ends);
      from = to;
    }
}

/**
 * @param begin what the row of an agent begins with, up to its last three digits
 * @param offset added to an index into the actions it gives these digits
 * @param ends what a row ends with, by action
 * @returns where the rows end
 */
function writeSpan(
  bytes: Uint8Array,
  start: number,
  begin: Uint8Array,
  actions: Uint8Array,
  from: number,
  to: number,
  offset: number,
  ends: readonly Uint8Array[],
): number {
  let at = start;
  // The first thousand agents have no zeros before their numbers.
  const padded = begin.at(-1) !== COMMA;
  for (let i = from; i < to; i++) {
    const action = actions[i]!;
    if (action === 0) continue;
    for (let b = 0; b < begin.length; b++) bytes[at++] = begin[b]!;
    const low = i + offset;
    for (let d = 3 * low + (padded ? 0 : 3 - lengthOf(low)); d < 3 * low + 3; d++) bytes[at++] = digits[d]!;
    const end = ends[action]!;
    for (let b = 0; b < end.length; b++) bytes[at++] = end[b]!;
  }
  return at;
}

const COMMA = 44;

/** Columns of the panel: the agent, the kind of its traits (agents.csv), its state when the tick was over, and what it did. */
export const panelHeader = ({ agent }: Scenario): string => {
  const fixed = ['tick', 'agent', 'kind', 'action'];
  const factors = agent.map(({ name }) => (fixed.includes(name) ? `state_${name}` : name));
  return csvLine(['tick', 'agent', 'kind', ...factors, 'action']);
};

/** A row of every agent: its state now, and what it did in the tick. */
export async function writePanel(
  file: GrowingFile,
  tick: number,
  population: Population,
  { agent: factors, actions: names }: Scenario,
): Promise<void> {
  /** Ends of rows by the bytes of state and the action. */
  const ends = new Map<number, Uint8Array>();
  const endOf = (state: readonly number[], action: number): Uint8Array => {
    const levels = factors.map(({ levels }, f) => levels[population.levelOf(f, state)]!);
    return bytesOf(`,${csvLine([...levels, names[action]])}\n`);
  };
  for (const { kind, agent, states, actions } of population.groups()) {
    const planes = states.length;
    for (let i = 0; i < actions.length; i++) {
      let key = actions[i]!;
      for (let p = 0; p < planes; p++) key = 256 * key + states[p]![i]!;
      // Beyond 2^53 a key would stand for several states.
      let end = planes < 6 ? ends.get(key) : undefined;
      if (!end)
        ends.set(
          key,
          (end = endOf(
            states.map((plane) => plane[i]!),
            actions[i]!,
          )),
        );
      if (!file.hasRoom(48 + end.length)) await file.room(48 + end.length);
      file.used += file.bytes.write(`${tick},${agent + i},${kind}`, file.used, 'latin1');
      file.bytes.set(end, file.used);
      file.used += end.length;
    }
  }
}

/** A row of every agent: the kind of its traits, and these. */
export async function writeAgents(file: GrowingFile, population: Population, scenario: Scenario): Promise<void> {
  await file.text('agent,kind,traits\n');
  const { sets, traits } = scenario;
  for (const { kind, agent, actions } of population.groups()) {
    const held = traits.filter((_, t) => sets.holds(population.traitSets[kind]!, t));
    const end = bytesOf(`,${csvLine([kind, joinPhrases(held)])}\n`);
    for (let i = 0; i < actions.length; i++) {
      if (!file.hasRoom(16 + end.length)) await file.room(16 + end.length);
      file.used += file.bytes.write(String(agent + i), file.used, 'latin1');
      file.bytes.set(end, file.used);
      file.used += end.length;
    }
  }
}
