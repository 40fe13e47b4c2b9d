import { z } from 'zod';
import { type Frame, indexArray, type Played, packProbability } from './frame.ts';
import { helloSchema } from './protocol/hello.ts';
import { pointSchema, runInfoSchema } from './protocol/runs.ts';
import { statusSchema } from './protocol/status.ts';

/** Layout of the bytes below. */
const VERSION = 1;

const count = z.number().int().nonnegative();

const headSchema = z.strictObject({
  version: z.literal(VERSION),
  hello: helloSchema,
  run: runInfoSchema,
  /** At the end of the run. */
  status: statusSchema,
  points: z.array(pointSchema).min(1),
  /** What the status says of each tick. */
  ticks: z.array(statusSchema.partial()),
  /** Indices of the traits of each trait set. */
  people: z.array(z.array(count)),
  /** An agent's own factors, with their levels in words, and which of them says where it is; −1 if none does. */
  factors: z.array(z.strictObject({ name: z.string(), levels: z.array(z.string()).min(1).max(256) })),
  mapFactor: z.number().int().min(-1),
  /** Distinct contexts: indices of the scenario's contexts that hold. */
  contexts: z.array(z.array(count)),
  /** Distinct observations: trait set and context of each. */
  observations: z.array(z.tuple([count, count])),
  /** Whose answers follow; the teacher comes last. */
  policies: z.array(z.string()).min(1),
  /** By tick: observations that had no answer then. */
  unanswered: z.record(z.string(), z.array(count)),
});
export type RecordingHead = z.infer<typeof headSchema>;

/** One tick of everybody, as the engine has it. */
export interface RecordedTick {
  /** By factor: level of each agent; shape [factors][agents]. */
  readonly levels: readonly Uint8Array[];
  /** Shape [agents]. */
  readonly actions: Uint8Array;
  /** Index of each agent's context; shape [agents]. */
  readonly contexts: Uint16Array;
}

/**
 * A run as it was shown, for a page that has no server:
 *
 * ```
 * bytes 0–3    bytes of the head h, u32, little-endian
 * h bytes      the head, JSON
 * n·2 bytes    trait set of each agent, u16; 4n bytes, u32, if there are more than 65,536
 * p·d·k·4      P of each action by policy and observation, f32; NaN if there is none
 * then, each for all t ticks in turn:
 * f·t·n bytes  by factor: level of each agent less its level in the tick before, modulo 256
 * t·n bytes    action of each agent
 * 2·t·n bytes  context of each agent, the low bytes and then the high ones: 0 if it is that of the last agent of the tick
 *              in the same state, otherwise its index and 1
 * ```
 * all of it deflated. What people see follows from where they are, nearly: so the last two columns cost next to nothing.
 */
export interface Recorded extends RecordingHead {
  readonly traitSets: Uint16Array | Uint32Array;
  /** Shape [policies, observations, k]. */
  readonly answers: Float32Array;
  readonly played: readonly RecordedTick[];
}

export async function encodeRecording({ traitSets, answers, played, ...head }: Recorded): Promise<Uint8Array> {
  const json = new TextEncoder().encode(JSON.stringify(head));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, json.length, true);
  const pieces: Uint8Array[] = [length, json, bytesOf(traitSets), bytesOf(answers)];
  head.factors.forEach((_, f) => {
    let before = new Uint8Array(traitSets.length);
    for (const { levels } of played) {
      const now = levels[f]!;
      pieces.push(now.map((level, i) => level - before[i]!));
      before = now as Uint8Array<ArrayBuffer>;
    }
  });
  for (const { actions } of played) pieces.push(actions);
  const residuals = played.map((tick) => residualsOf(tick));
  for (const residual of residuals) pieces.push(Uint8Array.from(residual, (value) => value & 255));
  for (const residual of residuals) pieces.push(Uint8Array.from(residual, (value) => value >> 8));
  return through(new CompressionStream('deflate-raw'), pieces);
}

/** @throws {Error} if the bytes are not a recording of this version, saying where they differ */
export async function decodeRecording(bytes: Uint8Array): Promise<Recorded> {
  const all = await through(new DecompressionStream('deflate-raw'), [bytes]);
  let at = 4;
  const part = (size: number) => {
    if (at + size > all.length)
      throw new Error(`the recording ends after ${all.length} bytes, at least ${at + size} were expected`);
    return all.slice(at, (at += size));
  };
  const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
  const head = headSchema.parse(JSON.parse(new TextDecoder().decode(part(view.getUint32(0, true)))));
  const { hello, people, factors, observations, policies, ticks, contexts } = head;
  const n = head.run.agents;
  const wide = people.length > 0x10000;
  const traitSets = wide ? new Uint32Array(part(4 * n).buffer) : new Uint16Array(part(2 * n).buffer);
  const answers = new Float32Array(
    part(4 * policies.length * observations.length * hello.scenario.actions.length).buffer,
  );
  const levels = factors.map(() => {
    let before = new Uint8Array(n);
    return ticks.map(() => (before = part(n).map((difference, i) => before[i]! + difference)));
  });
  const actions = ticks.map(() => part(n));
  const low = ticks.map(() => part(n));
  const high = ticks.map(() => part(n));
  if (at !== all.length) throw new Error(`the recording has ${all.length} bytes, ${at} were expected`);
  const played = ticks.map((_, tick) => {
    const own = levels.map((factor) => factor[tick]!);
    const residual = Uint16Array.from(low[tick]!, (value, i) => value | (high[tick]![i]! << 8));
    return { levels: own, actions: actions[tick]!, contexts: contextsOf(own, residual) };
  });
  const outside = (column: ArrayLike<number>, size: number) => Array.prototype.some.call(column, (v) => v >= size);
  for (const tick of played)
    if (outside(tick.actions, hello.scenario.actions.length) || outside(tick.contexts, contexts.length))
      throw new Error('the recording names an action or a context that it does not have');
  if (outside(traitSets, people.length)) throw new Error('the recording names a trait set that it does not have');
  return { ...head, traitSets, answers, played };
}

/** Number of a joint state, for looking up who was in the same. */
const stateOf = (levels: readonly Uint8Array[], agent: number): number => {
  let state = 0;
  for (const factor of levels) state = state * 256 + factor[agent]!;
  return state;
};

function residualsOf({ levels, contexts }: RecordedTick): Uint16Array {
  const last = new Map<number, number>();
  return contexts.map((context, i) => {
    const state = stateOf(levels, i);
    const expected = last.get(state);
    last.set(state, context);
    return context === expected ? 0 : context + 1;
  });
}

function contextsOf(levels: readonly Uint8Array[], residuals: Uint16Array): Uint16Array {
  const last = new Map<number, number>();
  return residuals.map((residual, i) => {
    const state = stateOf(levels, i);
    const context = residual === 0 ? (last.get(state) ?? 0xffff) : residual - 1;
    last.set(state, context);
    return context;
  });
}

/** The pictures and the agents of a recording. */
export class RecordedRun {
  readonly recorded: Recorded;
  /** Row of an observation by trait set and context. */
  readonly #rows: ReadonlyMap<number, number>;

  constructor(recorded: Recorded) {
    this.recorded = recorded;
    this.#rows = new Map(recorded.observations.map(([kind, context], row) => [this.#keyOf(kind, context), row]));
  }

  #keyOf(kind: number, context: number): number {
    return kind * this.recorded.contexts.length + context;
  }

  /** Row of what an agent observed in a tick. */
  rowOf(tick: number, agent: number): number {
    const { traitSets, played } = this.recorded;
    return this.#rows.get(this.#keyOf(traitSets[agent]!, played[tick]!.contexts[agent]!)) ?? 0;
  }

  /** P of each action that a policy gave an observation; undefined if it gave none. */
  answerOf(policy: number, row: number): number[] | undefined {
    const { answers, observations, hello } = this.recorded;
    const k = hello.scenario.actions.length;
    const from = (policy * observations.length + row) * k;
    const answer = Array.from(answers.subarray(from, from + k));
    return answer.some(Number.isNaN) ? undefined : answer;
  }

  /** The picture of a tick. @param key whether it does not follow the one before */
  frame(tick: number, key: boolean): Frame {
    const { hello, run, mapFactor, people, traitSets, played, observations, policies, points, unanswered } =
      this.recorded;
    const { levels, actions } = played[tick]!;
    const k = hello.scenario.actions.length;
    const observed = indexArray(actions.length, observations.length);
    for (let agent = 0; agent < actions.length; agent++) observed[agent] = this.rowOf(tick, agent);
    const decider = policies.indexOf(points[tick]!.policy);
    const open = new Set(unanswered[tick]);
    const packed = new Uint8Array(observations.length * k);
    for (let row = 0; row < observations.length; row++)
      this.answerOf(decider, row)?.forEach((p, a) => (packed[row * k + a] = open.has(row) ? 0 : packProbability(p)));
    const columns: Played = { actions, observed, levels: packed };
    return {
      ...{ run: run.run, tick, key, actionCount: k },
      places: mapFactor < 0 ? new Uint8Array(actions.length) : levels[mapFactor]!,
      played: columns,
      traitSets: { of: traitSets, count: people.length },
    };
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

/** What comes out of a stream of bytes that pieces go into. */
async function through(
  { readable, writable }: { readonly readable: ReadableStream; readonly writable: WritableStream },
  pieces: readonly Uint8Array[],
): Promise<Uint8Array<ArrayBuffer>> {
  const writer = writable.getWriter();
  const writing = (async () => {
    for (const piece of pieces) await writer.write(piece);
    await writer.close();
  })();
  const [buffer] = await Promise.all([new Response(readable).arrayBuffer(), writing]);
  return new Uint8Array(buffer);
}
