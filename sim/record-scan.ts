import { assemble, FunctionBody } from './engine/kernel/assembler.ts';

/** Agents that are looked at together. */
export const SCAN = 2 ** 15;

const LANES = 16;

/** Where things are in the memory of the scan: how many it found, the actions, who it found, what they did. */
const at = { found: 0, actions: 16, agents: 16 + SCAN, taken: 16 + 5 * SCAN };
const PAGES = Math.ceil((at.taken + SCAN) / 2 ** 16);

/** Finds the actions other than 0: sixteen agents at once, and then those of them who acted, one after the other. */
function scanBody(): FunctionBody {
  const [from, end, first] = [0, 1, 2];
  const body = new FunctionBody(3);
  const [agents, taken, lanes, lane] = [0, 1, 2, 3].map(() => body.local('i32')) as [number, number, number, number];
  body.i32(at.agents).set(agents).i32(at.taken).set(taken);
  body.repeatWhile(() => {
    body.get(from).memory('v128.load').v128(new Uint8Array(LANES)).op('i8x16.ne', 'i8x16.bitmask').tee(lanes);
    body.when(() =>
      body.repeatWhile(() => {
        body.get(lanes).op('i32.ctz').set(lane);
        body.get(agents).get(first).get(lane).op('i32.add').memory('i32.store');
        body.get(taken).get(from).get(lane).op('i32.add').memory('i32.load8_u').memory('i32.store8');
        body.get(agents).i32(4).op('i32.add').set(agents);
        body.get(taken).i32(1).op('i32.add').set(taken);
        // The lowest bit goes.
        body.get(lanes).get(lanes).i32(1).op('i32.sub', 'i32.and').tee(lanes);
      }),
    );
    body.get(first).i32(LANES).op('i32.add').set(first);
    body.get(from).i32(LANES).op('i32.add').tee(from).get(end).op('i32.lt_u');
  });
  return body.i32(at.found).get(taken).i32(at.taken).op('i32.sub').memory('i32.store');
}

/** WebAssembly's JavaScript interface as far as it is used here; the types of Node leave it out. */
const { Memory, Module, Instance } = (
  globalThis as unknown as {
    WebAssembly: {
      Memory: new (of: { initial: number; maximum: number; shared: true }) => { readonly buffer: SharedArrayBuffer };
      Module: new (bytes: Uint8Array) => object;
      Instance: new (
        module: object,
        imports: object,
      ) => { readonly exports: { readonly scan: (from: number, end: number, first: number) => void } };
    };
  }
).WebAssembly;

/** Those who did something other than the default, found many at a time. */
export class ActionScan {
  /** Numbers of the agents found, and what they did; until the next scan. */
  readonly agents: Int32Array;
  readonly taken: Uint8Array;
  readonly #scan: (from: number, end: number, first: number) => void;
  readonly #actions: Uint8Array;
  readonly #found: Int32Array;

  constructor() {
    const memory = new Memory({ initial: PAGES, maximum: PAGES, shared: true });
    const module = new Module(assemble({ scan: { parameters: 3, body: scanBody() } }));
    this.#scan = new Instance(module, { env: { memory } }).exports.scan;
    this.#found = new Int32Array(memory.buffer, at.found, 1);
    this.#actions = new Uint8Array(memory.buffer, at.actions, SCAN);
    this.agents = new Int32Array(memory.buffer, at.agents, SCAN);
    this.taken = new Uint8Array(memory.buffer, at.taken, SCAN);
  }

  /**
   * @param actions of at most SCAN agents
   * @param first number of the first
   * @returns how many were found
   */
  find(actions: Uint8Array, first: number): number {
    if (actions.length === 0) return 0;
    this.#actions.set(actions);
    const end = Math.ceil(actions.length / LANES) * LANES;
    this.#actions.fill(0, actions.length, end);
    this.#scan(at.actions, at.actions + end, first);
    return this.#found[0]!;
  }
}
