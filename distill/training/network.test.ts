import { beforeAll, describe, expect, it } from 'vitest';
import { sequence } from '../../env/random.ts';
import type { Architecture } from '../../policies/students/architecture.ts';
import { inputColumns, writeBag, writeTokens } from '../../policies/students/input.ts';
import { onnxOf } from '../../policies/students/onnx.ts';
import { openSession } from '../../policies/students/session.ts';
import { type Backend, openBackend } from './backend.ts';
import { Examples } from './examples.ts';
import type { Values } from './fit-job.ts';
import { Network } from './network.ts';
import { type Loss, objectiveOf } from './objective.ts';

const WIDTH = 6;
const architectures: Architecture[] = [
  { kind: 'logistic', width: WIDTH, hidden: [] },
  { kind: 'logistic', width: WIDTH, hidden: [], interactions: true },
  { kind: 'mlp', width: WIDTH, hidden: [16, 12] },
  { kind: 'encoder', width: WIDTH, size: 8, layers: 2, heads: 2, inner: 12 },
  { kind: 'decoder', width: WIDTH, size: 8, layers: 1, heads: 2, inner: 12 },
];

const gradientCases = [
  ...architectures.flatMap((architecture) =>
    (['bce', 'mse', 'ordinal'] as const).map((loss) => ({ architecture, kind: architecture.kind, loss, k: 2 })),
  ),
  ...(['bce', 'mse'] as const).map((loss) => ({ architecture: architectures[2]!, kind: 'mlp', loss, k: 3 })),
];

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend({ only: 'wasm' });
});

/** Every third set of phrases in an order of its own, from the empty one to the full one. */
function setUp(architecture: Architecture, loss: Loss, k = 2) {
  const random = sequence(3, 'training', 1);
  const masks = Uint32Array.from({ length: 22 }, (_, i) => 3 * i);
  const orders = Array.from(masks, (mask) =>
    Array.from({ length: WIDTH }, (_, j) => j)
      .filter((j) => (mask >> j) & 1)
      .reverse(),
  );
  const observations = { width: WIDTH, masks, orders };
  const probabilities = Float64Array.from({ length: k * masks.length });
  for (let i = 0; i < masks.length; i++) {
    const share = (i % 5) / 5;
    for (let a = 0; a < k; a++) probabilities[i * k + a] = a === 0 ? 1 - share : share / (k - 1);
  }
  const objective = objectiveOf(loss, probabilities, k);
  const network = new Network(backend.tf, architecture, objective);
  const values: Values = network.initial(11, 0);
  // Move what starts at 0 or 1, or half of the gradients would vanish.
  for (const numbers of Object.values(values))
    for (let i = 0; i < numbers.length; i++) numbers[i]! += 0.4 * (random() - 0.5);
  const targets = objective.targetsOf(probabilities);
  const examples = new Examples(architecture, { observations, probabilities, targets, columns: objective.columns });
  return { objective, network, values, examples, observations };
}

describe('a student in training', () => {
  it.each(architectures)('of kind $kind computes what its ONNX file computes', async (architecture) => {
    for (const loss of ['bce', 'ordinal'] as const) {
      const { objective, network, values, examples, observations } = setUp(architecture, loss);
      const batch = examples.batch(
        backend.tf,
        Int32Array.from({ length: 22 }, (_, i) => i),
      );
      const { probabilities } = await network.evaluate(values, batch);
      backend.tf.dispose([batch.input, batch.targets]);

      const bag = 'hidden' in architecture;
      const columns = inputColumns(architecture, bag ? 'bag' : 'tokens');
      const input = bag ? new Float32Array(22 * columns) : new BigInt64Array(22 * columns);
      for (let i = 0; i < 22; i++)
        if (input instanceof Float32Array) writeBag(observations, i, input, i * columns);
        else writeTokens(observations, i, input, i * columns, columns);
      const session = await openSession(
        onnxOf(
          architecture,
          objective.head,
          network.weights.map(({ name, shape }) => ({ name, shape, values: values[name]! })),
          {},
        ),
        [22, columns],
      );
      const answers = await session.run(input);
      answers.forEach((p, i) => {
        expect(Math.abs(p - probabilities[i]!)).toBeLessThan(1e-6);
      });
      await session.release();
    }
  });

  it.each(architectures)('of kind $kind gives a row alone what it gives it in a batch', async (architecture) => {
    const { network, values, examples } = setUp(architecture, 'bce');
    const evaluate = async (rows: number[]) => {
      const batch = examples.batch(backend.tf, Int32Array.from(rows));
      const { probabilities } = await network.evaluate(values, batch);
      backend.tf.dispose([batch.input, batch.targets]);
      return probabilities;
    };
    const together = await evaluate([...Array(22).keys()]);
    for (const row of [0, 1, 7, 21]) {
      const alone = await evaluate([row]);
      expect(Math.abs(alone[1]! - together[2 * row + 1]!)).toBeLessThan(1e-6);
    }
  });

  it.each(gradientCases)(
    'of kind $kind has the gradient of its $loss loss over $k actions',
    async ({ architecture, loss, k }) => {
      const { network, values, examples } = setUp(architecture, loss, k);
      for (const rows of [[9], [0, 3, 7, 21, 12]]) {
        const batch = examples.batch(backend.tf, Int32Array.from(rows));
        const { loss: value, gradients } = await network.gradients(values, batch);
        expect((await network.evaluate(values, batch)).loss).toBeCloseTo(value, 6);
        for (const { name } of network.weights) {
          // The slope along a tensor's own gradient is the gradient's length.
          const direction = gradients[name]!;
          const length = Math.hypot(...direction);
          const at = async (distance: number) => {
            const step = direction.map((g) => (length > 0 ? (g / length) * distance : 0));
            const moved = { ...values, [name]: values[name]!.map((x, i) => x + step[i]!) };
            return (await network.evaluate(moved, batch)).loss;
          };
          const slope = ((await at(0.004)) - (await at(-0.004))) / 0.008;
          expect(Math.abs(slope - length), name).toBeLessThan(0.02 * length + 2e-4);
        }
        backend.tf.dispose([batch.input, batch.targets]);
      }
      expect(backend.tf.memory().numTensors).toBe(0);
    },
  );

  it('starts from the same weights for the same seed, and from others for another', () => {
    const { network } = setUp(architectures[2]!, 'bce');
    expect(network.initial(1, 0)).toEqual(network.initial(1, 0));
    expect(network.initial(2, 0)).not.toEqual(network.initial(1, 0));
    expect(network.initial(1, 1)).not.toEqual(network.initial(1, 0));
  });
});
