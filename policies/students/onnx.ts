import { type Architecture, type Head, isBag, logitsOf, probabilitiesOf } from './architecture.ts';
import { inputColumns } from './input.ts';
import { FLOAT, INT64, type OnnxNode, type OnnxTensor, onnxBytes } from './onnx-format.ts';
import { GELU_SLOPE, LAYER_NORM_EPSILON, type Operations } from './operations.ts';

/** A trained tensor. */
export interface TrainedWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * An ONNX file of a student. Input: `phrases` [n, width], 0 or 1, for a bag; `tokens` [n, longest] (input.ts) for a
 * transformer. Output: `probabilities` [n, k].
 */
export function onnxOf(
  architecture: Architecture,
  head: Head,
  weights: readonly TrainedWeight[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const graph = new Graph(weights);
  const length = inputColumns(architecture, 'tokens');
  const input = isBag(architecture)
    ? ({ name: 'phrases', type: FLOAT, shape: ['n', architecture.width] } as const)
    : ({ name: 'tokens', type: INT64, shape: ['n', length] } as const);
  const result = probabilitiesOf(graph, head, logitsOf(graph, architecture, input.name, length));
  const actions = head.kind === 'softmax' ? head.actions : 2;
  return onnxBytes({
    nodes: graph.named(result, 'probabilities'),
    tensors: graph.tensors,
    input,
    output: { name: 'probabilities', type: FLOAT, shape: ['n', actions] },
    metadata,
  });
}

/** Operations that write down nodes: a tensor is the name of a value. */
class Graph implements Operations<string> {
  readonly #nodes: OnnxNode[] = [];
  readonly tensors: OnnxTensor[];

  constructor(weights: readonly TrainedWeight[]) {
    this.tensors = [...weights];
  }

  /** The nodes, with the value `last` called `name`. */
  named(last: string, name: string): OnnxNode[] {
    return this.#nodes.map((node) => (node.output === last ? { ...node, output: name } : node));
  }

  #node(op: string, inputs: readonly string[], attributes?: OnnxNode['attributes']): string {
    const output = `${op.toLowerCase()}${this.#nodes.length}`;
    this.#nodes.push({ op, inputs, output, ...(attributes && { attributes }) });
    return output;
  }

  #tensor(shape: readonly number[], values: Float32Array | BigInt64Array): string {
    const known = this.tensors.find(
      (tensor) =>
        tensor.name.startsWith('constant') &&
        tensor.values.constructor === values.constructor &&
        String(tensor.shape) === String(shape) &&
        String(tensor.values) === String(values),
    );
    if (known) return known.name;
    const name = `constant${this.tensors.length}`;
    this.tensors.push({ name, shape, values });
    return name;
  }

  #integers = (values: readonly number[]) => this.#tensor([values.length], BigInt64Array.from(values.map(BigInt)));

  weight(name: string): string {
    if (!this.tensors.some((tensor) => tensor.name === name)) throw new RangeError(`no weight is named ${name}`);
    return name;
  }
  constant(values: readonly number[], shape: readonly number[]): string {
    return this.#tensor(shape, Float32Array.from(values));
  }
  rows(matrix: string, count: number): string {
    return this.#node('Slice', [matrix, this.#integers([0]), this.#integers([count]), this.#integers([0])]);
  }
  embed(table: string, tokens: string): string {
    return this.#node('Gather', [table, tokens], { axis: { i: 0 } });
  }
  present(tokens: string): string {
    return this.#node('Cast', [this.#node('Greater', [tokens, this.#integers([0])])], { to: { i: FLOAT } });
  }
  reshape(x: string, shape: readonly number[]): string {
    return this.#node('Reshape', [x, this.#integers(shape)]);
  }
  transpose(x: string, permutation: readonly number[]): string {
    return this.#node('Transpose', [x], { perm: { ints: permutation } });
  }
  concat(parts: readonly string[]): string {
    return this.#node('Concat', parts, { axis: { i: -1 } });
  }
  matMul(a: string, b: string): string {
    return this.#node('MatMul', [a, b]);
  }
  dense(x: string, weight: string, bias: string, activation?: 'relu'): string {
    const sum = this.#node('Gemm', [x, weight, bias]);
    return activation === 'relu' ? this.#node('Relu', [sum]) : sum;
  }
  add(a: string, b: string): string {
    return this.#node('Add', [a, b]);
  }
  subtract(a: string, b: string): string {
    return this.#node('Sub', [a, b]);
  }
  multiply(a: string, b: string): string {
    return this.#node('Mul', [a, b]);
  }
  divide(a: string, b: string): string {
    return this.#node('Div', [a, b]);
  }
  sigmoid(x: string): string {
    return this.#node('Sigmoid', [x]);
  }
  gelu(x: string): string {
    return this.multiply(x, this.sigmoid(this.multiply(x, this.constant([GELU_SLOPE], [1]))));
  }
  softmax(x: string): string {
    return this.#node('Softmax', [x], { axis: { i: -1 } });
  }
  layerNorm(x: string, scale: string, shift: string): string {
    return this.#node('LayerNormalization', [x, scale, shift], { axis: { i: -1 }, epsilon: { f: LAYER_NORM_EPSILON } });
  }
}
