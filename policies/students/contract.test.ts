import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observations } from '../../env/observation.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import type { StudentConfig } from '../../workspace/student-config.ts';
import { bundledStudent } from './checkpoint.ts';
import { rowFault } from './contract.ts';
import {
  FLOAT,
  INT64,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
  onnxBytes,
} from './onnx-format.ts';
import { openStudent } from './open.ts';

let folder: string;
let base: StudentConfig;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-contract-'));
  base = JSON.parse(await readFile(bundledStudent('mlp').config, 'utf8'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Element types of ONNX that students do not have. */
const [FLOAT16, FLOAT64] = [10, 11] as unknown as [typeof FLOAT, typeof FLOAT];

const weights = (columns: number, value: (i: number) => number, rows = 16): OnnxTensor => ({
  name: 'w',
  shape: [rows, columns],
  values: Float32Array.from({ length: rows * columns }, (_, i) => value(i)),
});
const scalar = (name: string, value: number): OnnxTensor => ({ name, shape: [1], values: Float32Array.of(value) });
const node = (op: string, inputs: string[], output: string, attributes?: OnnxNode['attributes']): OnnxNode => ({
  op,
  inputs,
  output,
  ...(attributes && { attributes }),
});
const phrases: OnnxValue = { name: 'phrases', type: FLOAT, shape: ['n', 16] };
const probabilities: OnnxValue = { name: 'probabilities', type: FLOAT, shape: ['n', 2] };
/** A linear network of two columns, then `nodes` that make `probabilities` of `z`. */
const network = (nodes: OnnxNode[], more: Partial<OnnxModel> = {}): OnnxModel => ({
  nodes: [node('MatMul', ['phrases', 'w'], 'z'), ...nodes],
  tensors: [weights(2, (i) => (i % 2 ? 0.1 : -0.1))],
  input: phrases,
  output: probabilities,
  metadata: {},
  ...more,
});
const softmax = node('Softmax', ['z'], 'probabilities', { axis: { i: 1 } });

let files = 0;
async function open(bytes: Uint8Array, changes: Partial<StudentConfig> = {}) {
  const name = `foreign${files++}`;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await writeFile(join(folder, `${name}.onnx`), bytes);
  await writeFile(join(folder, `${name}.json`), JSON.stringify({ ...base, name, sha256, ...changes }));
  return openStudent(join(folder, `${name}.onnx`), { scenario: iceCream });
}
const refused = async (bytes: Uint8Array, changes?: Partial<StudentConfig>): Promise<string> => {
  const error = await open(bytes, changes).then(
    () => undefined,
    (reason: Error & { code: string }) => reason,
  );
  expect(error).toMatchObject({ code: 'POLICY_FILE' });
  return error!.message;
};

/** The file with one more input (field 11) or output (field 12) of the graph: a message that comes twice is merged. */
function withValue(bytes: Uint8Array, field: 11 | 12, name: string): Uint8Array {
  const w = protobuf.Writer.create();
  w.uint32((7 << 3) | 2).fork();
  w.uint32((field << 3) | 2).fork();
  w.uint32((1 << 3) | 2).string(name);
  w.uint32((2 << 3) | 2).fork();
  w.uint32((1 << 3) | 2).fork();
  w.uint32(1 << 3).int32(FLOAT);
  w.ldelim().ldelim().ldelim().ldelim();
  return Buffer.concat([bytes, w.finish()]);
}

describe('a student file from elsewhere', () => {
  it('opens if it keeps to the form, and answers as its formula says', async () => {
    await using student = await open(onnxBytes(network([softmax])));
    const { probabilities } = await student.decide(observations(iceCream, [0b111, 1]));
    expect(probabilities[1]).toBeCloseTo(1 / (1 + Math.exp(-0.6)), 6);
    expect(probabilities[3]).toBeCloseTo(1 / (1 + Math.exp(-0.2)), 6);
  });

  it('may have outputs beside its probabilities', async () => {
    const label = node('ArgMax', ['z'], 'label', { axis: { i: 1 }, keepdims: { i: 0 } });
    const bytes = onnxBytes(network([label, softmax], { output: { name: 'label', type: INT64, shape: ['n'] } }));
    await using student = await open(withValue(bytes, 12, 'probabilities'));
    const { probabilities } = await student.decide(observations(iceCream, [1]));
    expect(probabilities[1]).toBeCloseTo(1 / (1 + Math.exp(-0.2)), 6);
  });

  it('may leave the sizes of its axes open', async () => {
    const open2 = { input: { ...phrases, shape: ['n', 'm'] }, output: { ...probabilities, shape: ['n', 'k'] } };
    await using student = await open(onnxBytes(network([softmax], open2)));
    expect(student.id).toMatch(/^student:foreign/);
  });

  const linear = (value: (i: number) => number, columns = 2): OnnxModel =>
    network([node('Identity', ['z'], 'probabilities')], { tensors: [weights(columns, value)] });
  const cast = (to: typeof FLOAT): OnnxModel =>
    network([{ ...softmax, output: 's' }, node('Cast', ['s'], 'probabilities', { to: { i: to } })], {
      output: { ...probabilities, type: to },
    });
  const scaled = (factor: number): OnnxModel =>
    network([{ ...softmax, output: 's' }, node('Mul', ['s', 'h'], 'probabilities')], {
      tensors: [weights(2, (i) => (i % 2 ? 0.1 : -0.1)), scalar('h', factor)],
    });
  it.each<[string, OnnxModel, RegExp]>([
    ['logits', linear((i) => (i % 2 ? 1.5 : -1.5)), /its output is logits or scores \(-24 … 24\), not probabilities/],
    ['logits the other way', linear((i) => (i % 2 ? -1.5 : 1.5)), /its output is logits or scores \(-24 … 24\)/],
    ['logits that all lie between 0 and 1', linear(() => 0.03), /not a distribution: rows sum to 0\.06 … 0\.96, not 1/],
    ['per cent', scaled(100), /per cent \(.*\), not probabilities: divide by 100/],
    ['probabilities that sum to less than 1', scaled(0.9), /rows sum to 0\.9 … 0\.9, not 1/],
    [
      'log-probabilities',
      network([node('LogSoftmax', ['z'], 'probabilities', { axis: { i: 1 } })]),
      /its output is log-probabilities/,
    ],
    [
      'a sigmoid for each action',
      network([node('Sigmoid', ['z'], 'probabilities')], {
        tensors: [weights(2, () => 0.1)],
      }),
      /not a distribution: rows sum to/,
    ],
    ['NaN', network([node('Sqrt', ['z'], 'probabilities')], { tensors: [weights(2, () => -1)] }), /NaN for some/],
    [
      'infinity',
      network([node('Div', ['z', 'h'], 'probabilities')], {
        tensors: [weights(2, () => 1), scalar('h', 0)],
      }),
      /Infinity for some observations/,
    ],
    [
      'one column',
      network([node('Sigmoid', ['z'], 'probabilities')], {
        tensors: [weights(1, () => -0.2)],
        output: { ...probabilities, shape: ['n', 1] },
      }),
      /its output has 1 column, expected .* \[n, 2\].*: put 1 - p before p/,
    ],
    [
      'one column that it does not declare',
      network([node('Sigmoid', ['z'], 'probabilities')], {
        tensors: [weights(1, () => -0.2)],
        output: { ...probabilities, shape: ['n', 'k'] },
      }),
      /has 1 column|is \[64, 1\], expected \[64, 2\]/,
    ],
    [
      'three columns',
      network([softmax], { tensors: [weights(3, (i) => i / 10)], output: { ...probabilities, shape: ['n', 3] } }),
      /its output has 3 columns, expected an output `probabilities`, float32 \[n, 2\]/,
    ],
    [
      'a label',
      network([node('ArgMax', ['z'], 'output_label', { axis: { i: 1 }, keepdims: { i: 0 } })], {
        output: { name: 'output_label', type: INT64, shape: ['n'] },
      }),
      /its output is named `output_label`, expected an output `probabilities`/,
    ],
    [
      'a label by the right name',
      network([node('ArgMax', ['z'], 'probabilities', { axis: { i: 1 }, keepdims: { i: 1 } })], {
        output: { name: 'probabilities', type: INT64, shape: ['n', 1] },
      }),
      /its output is int64: labels, not probabilities/,
    ],
    ['double precision', cast(FLOAT64), /its output is float64, expected .*float32/],
    ['half precision', cast(FLOAT16), /its output is float16, expected .*float32/],
    [
      'a batch of one',
      network([softmax], { input: { ...phrases, shape: [1, 16] }, output: { ...probabilities, shape: [1, 2] } }),
      /its input is fixed at 1 row, expected .*\[n, 16\]: export it with a free \(dynamic\) first axis/,
    ],
    [
      'a batch of one inside',
      network([node('Reshape', ['z', 'one'], 'r'), node('Softmax', ['r'], 'probabilities', { axis: { i: 1 } })], {
        tensors: [weights(2, () => 0.1), { name: 'one', shape: [2], values: BigInt64Array.of(1n, 2n) }],
      }),
      /fixed at 1 row|fails on 64 observations/,
    ],
    [
      'a transposed output',
      network([{ ...softmax, output: 's' }, node('Transpose', ['s'], 'probabilities', { perm: { ints: [1, 0] } })], {
        output: { ...probabilities, shape: [2, 'n'] },
      }),
      /its output is transposed: \[2, n\]/,
    ],
    [
      'a transposed output that it does not declare',
      network([{ ...softmax, output: 's' }, node('Transpose', ['s'], 'probabilities', { perm: { ints: [1, 0] } })], {
        output: { ...probabilities, shape: ['a', 'b'] },
      }),
      /transposed|is \[2, 64\], expected \[64, 2\]/,
    ],
    [
      'a transposed input',
      {
        ...network([softmax]),
        nodes: [node('Transpose', ['phrases'], 't'), node('MatMul', ['t', 'w'], 'z'), softmax],
        input: { ...phrases, shape: [16, 'n'] },
      },
      /its input is transposed: \[16, n\]/,
    ],
    [
      'fewer phrases',
      network([softmax], {
        input: { ...phrases, shape: ['n', 15] },
        tensors: [weights(2, (i) => (i % 2 ? 0.1 : -0.1), 15)],
      }),
      /its input has 15 columns, expected one input `phrases`, float32 \[n, 16\]/,
    ],
    [
      'another name of the input',
      {
        ...network([softmax]),
        nodes: [node('MatMul', ['float_input', 'w'], 'z'), softmax],
        input: { ...phrases, name: 'float_input' },
      },
      /its input is named `float_input`, expected one input `phrases`/,
    ],
    [
      'an input of integers',
      {
        ...network([softmax]),
        nodes: [node('Cast', ['phrases'], 'f', { to: { i: FLOAT } }), node('MatMul', ['f', 'w'], 'z'), softmax],
        input: { ...phrases, type: INT64 },
      },
      /its input is int64, expected one input `phrases`, float32/,
    ],
    [
      'a softmax over the batch',
      network([node('Softmax', ['z'], 'probabilities', { axis: { i: 0 } })]),
      /rows sum to|logits/,
    ],
    [
      'answers that depend on the rest of the batch',
      network(
        [
          node('ReduceMean', ['z', 'axes'], 'm', { keepdims: { i: 1 } }),
          node('Sub', ['z', 'm'], 'c'),
          node('Softmax', ['c'], 'probabilities', { axis: { i: 1 } }),
        ],
        {
          tensors: [
            weights(2, (i) => (i % 2 ? 0.1 : -0.1)),
            { name: 'axes', shape: [1], values: BigInt64Array.of(0n) },
          ],
        },
      ),
      /its answer to an observation changes by up to .* with the others in the batch/,
    ],
  ])('is refused for %s', async (_, model, sentence) => {
    const message = await refused(onnxBytes(model));
    expect(message).toMatch(sentence);
    expect(message).toMatch(/foreign\d+\.onnx is not a student: .*docs\/onnx\.md/);
  });

  it('is refused for a second input', async () => {
    const model = network([node('Add', ['z', 'bias'], 'y'), node('Softmax', ['y'], 'probabilities')]);
    expect(await refused(withValue(onnxBytes(model), 11, 'bias'))).toMatch(/it has 2 inputs \(`phrases`, `bias`\)/);
  });

  it('is refused if it is empty, a web page, a pointer or cut off, and is not called a network', async () => {
    expect(await refused(new Uint8Array(0))).toMatch(/does not load: it is empty$/);
    expect(await refused(Buffer.from('<!DOCTYPE html>\n<html><body>404</body></html>'.padEnd(80)))).toMatch(
      /does not load: it is text, not an ONNX file: "<!DOCTYPE html>"$/,
    );
    expect(await refused(Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00'.padEnd(80)))).toMatch(
      /it is text, not an ONNX file: "version https:\/\/git-lfs/,
    );
    const whole = onnxBytes(network([softmax]));
    expect(await refused(whole.subarray(0, whole.length - 20))).toMatch(/does not load: /);
  });

  it('is refused if its configuration is that of a student that reads tokens', async () => {
    const architecture = { kind: 'encoder', width: 16, size: 8, layers: 1, heads: 2, inner: 8 } as const;
    expect(await refused(onnxBytes(network([softmax])), { architecture })).toMatch(
      /its input is named `phrases`, expected one input `tokens`, int64 \[n, 17\]/,
    );
  });

  it('is stopped where it gives no distribution to an observation that it was not tried on', async () => {
    // Right unless all of the first fifteen phrases hold and the last does not, which no trial has.
    const model = network(
      [
        node('MatMul', ['phrases', 'v'], 'count'),
        node('Sub', ['count', 'edge'], 'over'),
        node('Relu', ['over'], 'spike'),
        { ...softmax, output: 's' },
        node('Add', ['s', 'spike'], 'probabilities'),
      ],
      {
        tensors: [
          weights(2, (i) => (i % 2 ? 0.1 : -0.1)),
          { name: 'v', shape: [16, 1], values: Float32Array.from({ length: 16 }, (_, j) => (j < 15 ? 1 : -1)) },
          scalar('edge', 14.5),
        ],
      },
    );
    await using student = await open(onnxBytes(model));
    expect((await student.decide(observations(iceCream, [1]))).probabilities[1]).toBeCloseTo(0.55, 2);
    await expect(student.decide(observations(iceCream, [1, 2 ** 15 - 1]))).rejects.toThrow(
      /answers \{likes sweets, .*\} with \[0\.547, 1\.45\], and a probability lies between 0 and 1/,
    );
  });
});

describe('a row of probabilities', () => {
  it.each<[number[], string | undefined]>([
    [[0.25, 0.75], undefined],
    [[0, 1], undefined],
    [[0.3333, 0.3333, 0.3333], undefined],
    [[1 + 5e-7, -5e-7], undefined],
    [[0.5, 0.6], '[0.5, 0.6], which sums to 1.1, not 1'],
    [[0.5, 0.5, 0.5], '[0.5, 0.5, 0.5], which sums to 1.5, not 1'],
    [[-0.1, 1.1], '[-0.1, 1.1], and a probability lies between 0 and 1'],
    [[Number.NaN, 1], '[NaN, 1], and a probability lies between 0 and 1'],
    [[30, 70], '[30, 70], and a probability lies between 0 and 1'],
  ])('%j is a distribution or is refused with the reason', (row, fault) => {
    expect(rowFault(row)).toBe(fault);
  });
});
