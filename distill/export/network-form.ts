import { type Head, isBag } from '../../policies/students/architecture.ts';
import { inputsIn } from '../../policies/students/bag.ts';
import { tensorOf } from '../../policies/students/onnx-format.ts';
import type { Student } from '../../policies/students/open.ts';
import { shortest } from './literal.ts';

/** A dense layer: out = input · weights + bias. */
export interface Dense {
  /** Shape [inputs][outputs]. */
  readonly weights: readonly (readonly number[])[];
  readonly bias: readonly number[];
}

/** One network: what it reads, and its layers, each but the last followed by max(0, ·). */
export interface Member {
  /** Each input is 1 where all of these phrases hold, otherwise 0. */
  readonly features: readonly (readonly number[])[];
  readonly layers: readonly Dense[];
}

/** A student as plain arithmetic: the mean of what its members say. */
export interface NetworkForm {
  readonly kind: 'network';
  readonly members: readonly Member[];
  readonly head: Head;
}

/**
 * The arithmetic of a student that reads a set of phrases: a logistic regression, an mlp or the mean of several.
 * @returns undefined for a student of another kind, or whose file is laid out in another way
 */
export function networkOf({ config, onnx }: Pick<Student, 'config' | 'onnx'>): NetworkForm | undefined {
  const { architecture, head } = config;
  if (!isBag(architecture)) return undefined;
  const { hidden } = architecture;
  const inputs = inputsIn(architecture);
  const names = [...hidden.map((_, i) => `hidden${i}`), 'output'];
  const memberOf = (prefix: string): Member | undefined => {
    const layers = names.map((name) => denseOf(onnx, `${prefix}${name}`));
    let columns = inputs.length;
    for (const layer of layers) {
      if (layer?.weights.length !== columns) return undefined;
      columns = layer.bias.length;
    }
    return withoutUnused({ features: inputs, layers: layers as Dense[] });
  };
  const single = memberOf('');
  if (single) return { kind: 'network', members: [single], head };
  const members: Member[] = [];
  for (let m = 0; ; m++) {
    const member = memberOf(`member${m}.`);
    if (!member) break;
    members.push(member);
  }
  return members.length > 0 ? { kind: 'network', members, head } : undefined;
}

/** The numbers as the files will write them, so that what is checked here is what others compute with. */
const written = (values: Float32Array): number[] => Array.from(values, (value) => Number(shortest(value)));

function denseOf(onnx: Uint8Array, name: string): Dense | undefined {
  const weight = tensorOf(onnx, `${name}.weight`);
  const bias = tensorOf(onnx, `${name}.bias`);
  const [inputs, outputs] = weight?.shape ?? [];
  if (!weight || !bias || inputs === undefined || bias.values.length !== outputs) return undefined;
  const values = written(weight.values);
  return {
    weights: Array.from({ length: inputs }, (_, i) => values.slice(i * outputs, (i + 1) * outputs)),
    bias: written(bias.values),
  };
}

/** Without inputs that nothing depends on. */
function withoutUnused({ features, layers: [first, ...others] }: Member): Member {
  const used = features.flatMap((_, i) => (first!.weights[i]!.some((weight) => weight !== 0) ? [i] : []));
  return {
    features: used.map((i) => features[i]!),
    layers: [{ ...first!, weights: used.map((i) => first!.weights[i]!) }, ...others],
  };
}

/** P of each action, shape [k], in double precision. */
export function answerOf({ members, head }: NetworkForm, holds: (phrase: number) => boolean): number[] {
  const all = members.map(({ features, layers }) => {
    let x: number[] = features.map((phrases) => (phrases.every(holds) ? 1 : 0));
    layers.forEach(({ weights, bias }, l) => {
      const sums = [...bias];
      x.forEach((value, i) => {
        if (value !== 0) weights[i]!.forEach((weight, o) => (sums[o]! += value * weight));
      });
      x = l < layers.length - 1 ? sums.map((sum) => Math.max(0, sum)) : sums;
    });
    return headOf(head, x);
  });
  return all[0]!.map((_, a) => all.reduce((sum, p) => sum + p[a]!, 0) / all.length);
}

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

function headOf(head: Head, z: readonly number[]): number[] {
  if (head.kind === 'softmax') {
    const most = Math.max(...z);
    const weights = z.map((one) => Math.exp(one - most));
    const sum = weights.reduce((a, b) => a + b);
    return weights.map((weight) => weight / sum);
  }
  const levels: readonly number[] = head.kind === 'ordinal' ? head.levels : [0, 1];
  const p = z.reduce((sum, one, j) => sum + sigmoid(one) * (levels[j + 1]! - levels[j]!), levels[0]!);
  return [1 - p, p];
}

/** Numbers that the form consists of. */
export const sizeOf = ({ members }: NetworkForm): number =>
  members.reduce(
    (sum, { layers }) => sum + layers.reduce((part, { weights, bias }) => part + (weights.length + 1) * bias.length, 0),
    0,
  );
