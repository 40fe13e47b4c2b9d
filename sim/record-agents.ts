import type { Scenario } from '../env/scenario.ts';
import { csvLine, joinPhrases } from '../workspace/csv.ts';
import type { GrowingFile } from '../workspace/growing-file.ts';
import type { Population } from './engine/population.ts';

/** Agents whose numbers begin alike: all but the last three digits. */
const SPAN = 1000;

/** A piece of a row: its bytes four at a time, the last of them past its end. */
interface Piece {
  readonly length: number;
  readonly words: Uint32Array;
}

const encoder = new TextEncoder();

function pieceOf(text: string): Piece {
  const bytes = encoder.encode(text);
  const words = new Uint32Array(Math.ceil(bytes.length / 4));
  for (let i = 0; i < bytes.length; i++) words[i >> 2]! |= bytes[i]! << (8 * (i & 3));
  return { length: bytes.length, words };
}

const numbers = Array.from({ length: SPAN }, (_, n) => n);
/** The last digits of a number as one word, with zeros before them and without. */
const padded = Uint32Array.from(numbers, (n) => pieceOf(String(n).padStart(3, '0')).words[0]!);
const plain = Uint32Array.from(numbers, (n) => pieceOf(String(n)).words[0]!);

/** Rows of successive agents: what stands before the agent's number, and what follows it. */
interface Rows {
  readonly before: string;
  /** Number of the first agent. */
  readonly agent: number;
  /** Shape [agents]: which end each row has; 0 for no row. */
  readonly choice: ArrayLike<number>;
  readonly ends: readonly (Piece | undefined)[];
}

/**
 * Writes rows word by word into the file's bytes: a string for each of them would cost more than the tick that it tells of.
 */
async function writeRows(file: GrowingFile, { before, agent, choice, ends }: Rows): Promise<void> {
  const longest = Math.max(...ends.map((end) => end?.length ?? 0));
  for (let from = 0; from < choice.length; ) {
    const thousand = Math.floor((agent + from) / SPAN);
    const to = Math.min(choice.length, (thousand + 1) * SPAN - agent);
    const begin = thousand > 0 ? pieceOf(`${before}${thousand}`) : pieceOf(before);
    const digits = thousand > 0 ? padded : plain;
    // Words reach up to 3 bytes past what they write.
    const bytes = (to - from) * (begin.length + 3 + longest) + 4;
    if (!file.hasRoom(bytes)) await file.room(bytes);
    file.used = writeSpan(file.view, file.used, begin, digits, choice, from, to, agent - thousand * SPAN, ends);
    from = to;
  }
}

/**
 * @param offset added to an index into the choices it gives the number's last digits
 * @returns where the rows end
 */
function writeSpan(
  view: DataView,
  start: number,
  begin: Piece,
  digits: Uint32Array,
  choice: ArrayLike<number>,
  from: number,
  to: number,
  offset: number,
  ends: readonly (Piece | undefined)[],
): number {
  let at = start;
  for (let i = from; i < to; i++) {
    const chosen = choice[i]!;
    if (chosen === 0) continue;
    for (let w = 0; w < begin.words.length; w++) view.setUint32(at + 4 * w, begin.words[w]!, true);
    at += begin.length;
    const low = i + offset;
    view.setUint32(at, digits[low]!, true);
    at += digits === padded || low > 99 ? 3 : low > 9 ? 2 : 1;
    const { length, words } = ends[chosen]!;
    for (let w = 0; w < words.length; w++) view.setUint32(at + 4 * w, words[w]!, true);
    at += length;
  }
  return at;
}

/** Rows `tick,agent,action` of those who did not take the default action in the tick that was played last. */
export async function writeActions(
  file: GrowingFile,
  tick: number,
  population: Population,
  { actions: names }: Scenario,
) {
  const ends = names.map((name, action) => (action === 0 ? undefined : pieceOf(`,${csvLine([name])}\n`)));
  for (const { agent, actions } of population.groups())
    await writeRows(file, { before: `${tick},`, agent, choice: actions, ends });
}

/** Columns of the panel: the agent, the kind of its traits (agents.csv), its state when the tick was over, and what it did. */
export const panelHeader = (scenario: Scenario): string =>
  csvLine(['tick', 'agent', 'kind', ...panelFactors(scenario), 'action']);

/** What the panel calls the agent factors. */
export const panelFactors = ({ agent }: Scenario): string[] =>
  agent.map(({ name }) => (['tick', 'agent', 'kind', 'action'].includes(name) ? `state_${name}` : name));

/** Agents whose states are looked at before their rows are written. */
const BATCH = 2 ** 16;

/** A row of every agent: its state now, and what it did in the tick. */
export async function writePanel(
  file: GrowingFile,
  tick: number,
  population: Population,
  { agent: factors, actions: names }: Scenario,
): Promise<void> {
  const choice = new Uint32Array(BATCH);
  for (const { kind, agent, states, actions } of population.groups())
    for (let from = 0; from < actions.length; from += BATCH) {
      const n = Math.min(BATCH, actions.length - from);
      /** By action and bytes of state: which end. */
      const known = new Map<number | string, number>();
      const ends: (Piece | undefined)[] = [undefined];
      const state = new Uint8Array(states.length);
      for (let i = 0; i < n; i++) {
        const action = actions[from + i]!;
        let number = action;
        for (let p = 0; p < state.length; p++) {
          state[p] = states[p]![from + i]!;
          number = 256 * number + state[p]!;
        }
        // A number of more than 53 bits would stand for several states.
        const key = state.length < 6 ? number : `${action},${state}`;
        let end = known.get(key);
        if (end === undefined) {
          const levels = factors.map(({ levels }, f) => levels[population.levelOf(f, state)]!);
          known.set(key, (end = ends.length));
          ends.push(pieceOf(`,${csvLine([kind, ...levels, names[action]])}\n`));
        }
        choice[i] = end;
      }
      await writeRows(file, { before: `${tick},`, agent: agent + from, choice: choice.subarray(0, n), ends });
    }
}

/** A row of every agent: the kind of its traits, and these. */
export async function writeAgents(file: GrowingFile, population: Population, scenario: Scenario): Promise<void> {
  await file.text('agent,kind,traits\n');
  const { sets, traits } = scenario;
  for (const { kind, agent, actions } of population.groups()) {
    const held = traits.filter((_, t) => sets.holds(population.traitSets[kind]!, t));
    const ends = [undefined, pieceOf(`,${csvLine([kind, joinPhrases(held)])}\n`)];
    await writeRows(file, { before: '', agent, choice: new Uint8Array(actions.length).fill(1), ends });
  }
}
