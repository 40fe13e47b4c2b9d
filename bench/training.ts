import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openBackend } from '../distill/training/backend.ts';
import { readTrainingData } from '../distill/training/data.ts';
import { fitNetwork } from '../distill/training/fit.ts';
import { labelledRows } from '../distill/training/fit-job.ts';
import { objectiveOf } from '../distill/training/objective.ts';
import { architectureOf, settingsOf } from '../distill/training/settings.ts';
import { students } from '../policies/students/architecture.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { dataFile } from '../workspace/bundled.ts';
import type { Benchmark, Contestant } from './measure.ts';

const EPOCHS = { logistic: 40, mlp: 20, encoder: 3, decoder: 3 } as const;

/** Epochs of training over the 800 sample rows, against PyTorch on one thread with a network of the same sizes. */
export async function training(): Promise<Benchmark[]> {
  const data = await readTrainingData(dataFile('samples/train.jsonl'), iceCream, 1);
  const { tf, name } = await openBackend();
  const torch = await Torch.open();
  if (!torch) console.error('no Python with PyTorch here (set PYTHON to name one): the rival is left out');
  const n = data.observations.masks.length;
  const all = Int32Array.from({ length: n }, (_, i) => i);
  return students.map((kind, i) => {
    const objective = objectiveOf('bce', data.probabilities, 2);
    const architecture = architectureOf(kind, iceCream.phrases.length);
    const rows = labelledRows(data.observations, data.probabilities, objective);
    const ours: Contestant = {
      name: `understudy, ${name}`,
      work: async () => {
        const settings = settingsOf(kind, 'bce', n, { epochs: EPOCHS[kind], refit: false });
        const drawn = { name: kind, traits: 0, seed: 1, substream: 0 };
        await fitNetwork(tf, {
          ...drawn,
          architecture,
          objective,
          rows,
          train: all,
          validation: all.subarray(0, 64),
          settings,
        });
        return n * EPOCHS[kind];
      },
    };
    const rival: Contestant | undefined = torch && {
      name: `rival: ${torch.version}, one thread`,
      work: async () => {
        await torch.train(kind, EPOCHS[kind]);
        return n * EPOCHS[kind];
      },
    };
    return {
      title: `rows of training: ${kind}, ${n} rows in batches of 64`,
      unit: 'rows',
      clock: 'wall',
      rounds: 5,
      contestants: rival ? [ours, rival] : [ours],
      ...(i === students.length - 1 && { close: async () => torch?.close() }),
    };
  });
}

/** A Python process that trains on request. */
class Torch {
  readonly version: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  /** Undefined if there is no Python or no PyTorch. */
  static async open(): Promise<Torch | undefined> {
    const script = fileURLToPath(new URL('training_torch.py', import.meta.url));
    const child = spawn(process.env.PYTHON ?? 'python3', [script]);
    child.on('error', () => {});
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const first = await lines.next();
    return first.done ? undefined : new Torch(first.value, child, lines);
  }

  private constructor(version: string, child: ChildProcessWithoutNullStreams, lines: AsyncIterator<string>) {
    this.version = version;
    this.#child = child;
    this.#lines = lines;
  }

  async train(kind: string, epochs: number): Promise<void> {
    this.#child.stdin.write(`${kind} ${epochs}\n`);
    if ((await this.#lines.next()).value !== 'done') throw new Error('PyTorch ended before it was done');
  }

  close(): void {
    this.#child.stdin.end();
  }
}
