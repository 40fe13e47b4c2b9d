import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { UnderstudyError } from '../../../env/error.ts';
import { Instance, type Memory } from './web-assembly.ts';

/** Words of the block that the threads of this process meet at. */
const WORD = { turn: 0, left: 1, failed: 2, jobs: 4 } as const;
/** A thread's job: a program's number (0 for none) and the address that it is called with. */
const JOB_WORDS = 2;
/** Helpers there may be. */
const HELPERS = 1023;
/** Where a helper says how it is, and which of the system's threads it is; 0 where the system does not tell. */
const STATE = WORD.jobs + JOB_WORDS * HELPERS;
const TASK = STATE + HELPERS;
/** How a helper is; at first none of this. */
const IS = { ready: 1, gone: 2 } as const;
/** Programs that a team plays alone before it calls for help: a thread costs as much to start as a short run in all. */
const ALONE = 3;

/** How often a thread looks before it goes to sleep. */
const SPINS = 20_000;
/** How long this thread sleeps before it looks whether a helper that it waits for is still there. */
const LOOK_MS = 1000;

/**
 * What a helping thread runs. It is plain JavaScript in a text, as a thread cannot load TypeScript everywhere that the package
 * is run from. It waits for its turn, takes in what programs were made, plays its job and says so, also if it is ended over it.
 */
const HELPER = `
const { receiveMessageOnPort, workerData } = require('node:worker_threads');
const { port, control, first, state, task } = workerData;
const programs = new Map();
let turn = workerData.turn;
let working = false;
const done = () => {
  working = false;
  if (Atomics.sub(control, ${WORD.left}, 1) === 1) Atomics.notify(control, ${WORD.left});
};
process.on('exit', () => {
  Atomics.store(control, state, ${IS.gone});
  if (!working) return;
  Atomics.store(control, ${WORD.failed}, 1);
  done();
});
try {
  Atomics.store(control, task, Number(require('node:fs').readlinkSync('/proc/thread-self').split('/').pop()));
} catch {}
Atomics.store(control, state, ${IS.ready});
for (;;) {
  for (let spin = 0; spin < ${SPINS} && Atomics.load(control, ${WORD.turn}) === turn; spin++);
  Atomics.wait(control, ${WORD.turn}, turn);
  turn = Atomics.load(control, ${WORD.turn});
  working = true;
  try {
    for (let next; (next = receiveMessageOnPort(port)); ) {
      const { number, module, memory, forget } = next.message;
      if (forget !== undefined) programs.delete(forget);
      else programs.set(number, new WebAssembly.Instance(module, { env: { memory } }).exports.play);
    }
    const program = Atomics.load(control, first);
    if (program !== 0) programs.get(program)(Atomics.load(control, first + 1));
  } catch (error) {
    Atomics.store(control, ${WORD.failed}, 1);
  }
  done();
}
`;

interface Helper {
  readonly worker: Worker;
  readonly port: MessagePort;
}

/** The helping threads of this process, started when first needed and kept; they do not keep it alive. */
const helpers: Helper[] = [];
const control = new Int32Array(new SharedArrayBuffer(4 * (TASK + HELPERS)));
let programsMade = 0;

function helper(index: number): Helper {
  while (helpers.length <= index) {
    const { port1, port2 } = new MessageChannel();
    const first = WORD.jobs + JOB_WORDS * helpers.length;
    const [state, task] = [STATE + helpers.length, TASK + helpers.length];
    const worker = new Worker(HELPER, {
      eval: true,
      workerData: { port: port2, control, first, state, task, turn: Atomics.load(control, WORD.turn) },
      transferList: [port2],
      execArgv: [],
      stdin: false,
    });
    // One that cannot start, or ends, is done without.
    worker.on('error', () => Atomics.store(control, state, IS.gone));
    worker.on('exit', () => Atomics.store(control, state, IS.gone));
    worker.unref();
    port1.unref();
    helpers.push({ worker, port: port1 });
  }
  return helpers[index]!;
}

const isGone = (index: number) => Atomics.load(control, STATE + index) === IS.gone;

/** Stops waiting for helpers that ended without a word, where the system tells which threads there are. */
function missLost(): void {
  for (let i = 0; i < helpers.length; i++) {
    const task = Atomics.load(control, TASK + i);
    if (task === 0 || isGone(i) || existsSync(`/proc/self/task/${task}`)) continue;
    Atomics.store(control, STATE + i, IS.gone);
    Atomics.store(control, WORD.failed, 1);
    Atomics.sub(control, WORD.left, 1);
  }
}

type Play = (address: number) => void;

/** Threads that play programs over one memory, this one among them. */
export class Team {
  readonly size: number;
  readonly #memory: Memory;
  readonly #own = new Map<number, Play>();
  readonly #modules = new Map<number, object>();
  readonly #awaited: boolean;
  #joined = false;
  #plays = 0;

  /** @param awaited whether helpers take part from the first program on; otherwise from when they have started */
  constructor(memory: Memory, threads: number, awaited = false) {
    this.size = Math.max(1, Math.min(threads, availableParallelism(), HELPERS + 1));
    this.#memory = memory;
    this.#awaited = awaited;
    const numbers = this.#own;
    forgotten.register(this, numbers);
  }

  /** @returns the program's number */
  load(module: object): number {
    const number = ++programsMade;
    const instance = new Instance(module, { env: { memory: this.#memory } });
    this.#own.set(number, instance.exports.play);
    this.#modules.set(number, module);
    if (this.#joined) this.#teach(number, module);
    return number;
  }

  /**
   * Plays a program once for each thread, at the same time.
   * @param calls by thread: the address that it is called with; 0 for nothing to do
   * @throws {UnderstudyError} SIMULATION_THREAD if a helper fails or ends over it: what it was to do is done in part
   */
  play(program: number, calls: readonly number[]): void {
    const own = this.#own.get(program)!;
    if (!this.#helped()) {
      for (const address of calls) if (address !== 0) own(address);
      return;
    }
    const helping = this.size - 1;
    for (let i = 0; i < helping; i++) {
      const at = WORD.jobs + JOB_WORDS * i;
      Atomics.store(control, at, calls[i + 1] === 0 ? 0 : program);
      Atomics.store(control, at + 1, calls[i + 1]!);
    }
    for (let i = helping; i < helpers.length; i++) Atomics.store(control, WORD.jobs + JOB_WORDS * i, 0);
    Atomics.store(control, WORD.left, helpers.filter((_, i) => !isGone(i)).length);
    Atomics.add(control, WORD.turn, 1);
    Atomics.notify(control, WORD.turn);
    try {
      if (calls[0] !== 0) own(calls[0]!);
    } finally {
      this.#wait();
    }
  }

  /** Whether there are helpers by now. */
  #helped(): boolean {
    if (this.size === 1) return false;
    if (!this.#joined) {
      if (!this.#awaited && ++this.#plays <= ALONE) return false;
      this.#joined = true;
      helper(this.size - 2);
      for (const [number, module] of this.#modules) this.#teach(number, module);
    }
    for (let i = 0; i < this.size - 1; i++) {
      const state = Atomics.load(control, STATE + i);
      if (state === IS.gone || (state !== IS.ready && !this.#awaited)) return false;
    }
    return true;
  }

  #teach(number: number, module: object): void {
    for (let i = 0; i < this.size - 1; i++) helper(i).port.postMessage({ number, module, memory: this.#memory });
  }

  #wait(): void {
    for (let spin = 0; spin < SPINS && Atomics.load(control, WORD.left) > 0; spin++);
    for (let left = Atomics.load(control, WORD.left); left > 0; left = Atomics.load(control, WORD.left))
      if (Atomics.wait(control, WORD.left, left, LOOK_MS) === 'timed-out') missLost();
    if (Atomics.exchange(control, WORD.failed, 0) !== 0)
      throw new UnderstudyError(
        'SIMULATION_THREAD',
        'a thread of the simulation failed in the middle of a tick, and the run cannot go on from there; resume it from its last checkpoint, or begin it again',
      );
  }
}

/** Programs of simulations that are gone: helpers let go of them, and of the memory that they hold. */
const forgotten = new FinalizationRegistry<Map<number, Play>>((programs) => {
  for (const { port } of helpers) for (const number of programs.keys()) port.postMessage({ forget: number });
});
