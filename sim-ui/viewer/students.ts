import { signal } from '@preact/signals';
import { inputColumns, inputOf } from '../../policies/students/input.ts';
import { openSession, type Session } from '../../policies/students/session.ts';
import type { PolicyStatus } from '../protocol/policies.ts';

export type Network = NonNullable<PolicyStatus['network']>;

/** P of each action that this page has computed, by network and observation. */
const computed = signal<ReadonlyMap<string, readonly number[]>>(new Map());
/** Why this page cannot compute students, if it cannot; the server does then. */
export const notHere = signal<string | undefined>(undefined);

const sessions = new Map<string, Promise<Session>>();
/** The runtime computes one thing at a time. */
let last: Promise<unknown> = Promise.resolve();

const keyOf = ({ sha256 }: Network, mask: number) => `${sha256} ${mask}`;

/** P of each action; undefined until it is computed. */
export const answerOf = (network: Network | undefined, mask: number): readonly number[] | undefined =>
  network && computed.value.get(keyOf(network, mask));

/** Computes a student's answer from its ONNX file, in this page. */
export function compute(network: Network, mask: number, width: number): void {
  const key = keyOf(network, mask);
  if (computed.peek().has(key)) return;
  last = last.then(async () => {
    if (computed.peek().has(key)) return;
    try {
      const session = await sessionOf(network, width);
      const batch = { width, masks: Uint32Array.of(mask) };
      const answers = await session.run(inputOf(network.input, batch, 0, 1, 1, session.columns));
      computed.value = new Map(computed.peek()).set(key, distribution(answers));
      notHere.value = undefined;
    } catch (error) {
      notHere.value = (error as Error).message;
    }
  });
}

/** As the server has it: the default action takes what the others leave. */
function distribution(answers: Float32Array): number[] {
  const others = [...answers.subarray(1)];
  return [
    Math.max(
      0,
      others.reduce((rest, p) => rest - p, 1),
    ),
    ...others,
  ];
}

/** A network that did not load is fetched again when it is wanted again. */
function sessionOf(network: Network, width: number): Promise<Session> {
  const known = sessions.get(network.sha256);
  if (known) return known;
  const opening = open(network, width);
  sessions.set(network.sha256, opening);
  opening.catch(() => sessions.delete(network.sha256));
  return opening;
}

async function open({ sha256, input }: Network, width: number): Promise<Session> {
  const response = await fetch(`./api/students/${sha256}.onnx`);
  if (!response.ok) throw new Error(`the server no longer has this student (${response.status})`);
  const onnx = new Uint8Array(await response.arrayBuffer());
  return openSession(onnx, [1, inputColumns({ width }, input)], new URL('./runtime/', location.href).href);
}
