import { UnderstudyError } from '../error.ts';
import { ring, scaleFree, smallWorld } from './generators.ts';
import type { Network } from './network.ts';

/** A network that is made by rule for any number of nodes. */
export interface NamedNetwork {
  /** As it is written: `small-world:6,0.1`. */
  readonly name: string;
  /** Edges that it has with so many nodes. */
  edges(nodes: number): number;
  /** @throws {UnderstudyError} SIMULATION_NETWORK for too few nodes */
  draw(nodes: number, seed: number): Network;
}

interface Kind {
  readonly form: string;
  /** What is wrong with the numbers of a name; undefined for those that fit. */
  readonly wrong: (numbers: readonly number[]) => string | undefined;
  readonly edges: (nodes: number, numbers: readonly number[]) => number;
  readonly draw: (nodes: number, numbers: readonly number[], seed: number) => Network;
}

const evenDegree = ([degree]: readonly number[]): string | undefined =>
  Number.isSafeInteger(degree) && degree! >= 2 && degree! % 2 === 0
    ? undefined
    : `a node of a ring has an even number of neighbours, half of them on either side, got ${degree}`;

const kinds: Readonly<Record<string, Kind>> = {
  ring: {
    form: 'ring:K',
    wrong: evenDegree,
    edges: (nodes, [degree]) => (nodes * degree!) / 2,
    draw: (nodes, [degree]) => ring(nodes, degree!),
  },
  'small-world': {
    form: 'small-world:K,P',
    wrong: ([degree, rewired]) =>
      evenDegree([degree!]) ??
      (rewired! >= 0 && rewired! <= 1 ? undefined : `the share of rewired edges is from 0 to 1, got ${rewired}`),
    edges: (nodes, [degree]) => (nodes * degree!) / 2,
    draw: (nodes, [degree, rewired], seed) => smallWorld(nodes, degree!, rewired!, seed),
  },
  'scale-free': {
    form: 'scale-free:M',
    wrong: ([links]) =>
      Number.isSafeInteger(links) && links! >= 1
        ? undefined
        : `a new node chooses a whole number of neighbours, 1 or more, got ${links}`,
    edges: (nodes, [links]) => ((links! + 1) * links!) / 2 + (nodes - links! - 1) * links!,
    draw: (nodes, [links], seed) => scaleFree(nodes, links!, seed),
  },
};

/** The forms that names of networks have, for errors and help. */
export const networkForms = Object.values(kinds).map(({ form }) => form);

/** Whether a text is meant as the name of a network: it begins with a generator's. */
export const namesNetwork = (text: string): boolean => Object.hasOwn(kinds, text.split(':', 1)[0]!);

/** @throws {UnderstudyError} SIMULATION_NETWORK for a text that is not the name of a network */
export function namedNetwork(text: string): NamedNetwork {
  const [start, rest] = text.split(/:(.*)/s) as [string, string?];
  const fails = (what: string) => new UnderstudyError('SIMULATION_NETWORK', `network ${text}: ${what}`);
  if (!namesNetwork(text)) throw fails(`expected ${networkForms.join(', ')}`);
  const { form, wrong, edges, draw } = kinds[start]!;
  const parts = rest?.split(',') ?? [];
  const numbers = parts.map((part) => (/^\d+(\.\d+)?(e-?\d+)?$/.test(part) ? Number(part) : Number.NaN));
  if (numbers.length !== form.split(',').length || numbers.some(Number.isNaN)) throw fails(`expected ${form}`);
  const problem = wrong(numbers);
  if (problem) throw fails(problem);
  const least = numbers[0]! + 1;
  return {
    name: `${start}:${numbers.join(',')}`,
    edges: (nodes) => edges(nodes, numbers),
    draw: (nodes, seed) => {
      if (nodes < least)
        throw fails(`needs ${least} agents or more, so that each has ${numbers[0]} others, and the run has ${nodes}`);
      return draw(nodes, numbers, seed);
    },
  };
}
