import { afterEach } from 'vitest';
import type { UnderstudyError } from '../../../env/error.ts';
import { type Observations, observations } from '../../../env/observation.ts';
import { promptOf } from '../../../env/prompt.ts';
import { listedTraits } from '../../../env/trait-law.ts';
import { iceCream } from '../../../scenarios/ice-cream-v1/scenario.ts';
import type { Answer } from '../../policy.ts';
import type { LanguageModelTeacher } from '../teacher.ts';
import { openServer, type ServerBackend, type ServerOptions } from './backend.ts';
import { type FakeOptions, FakeServer, oracleNumbers } from './fake-server.test-support.ts';

export const scenario = iceCream;
export const quick = { tries: 4, baseMs: 2, capMs: 10 };
export const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).reverse()) await thing[Symbol.asyncDispose]();
});

export async function fake(options: FakeOptions = {}): Promise<FakeServer> {
  const server = await FakeServer.start(options);
  opened.push(server);
  return server;
}

export async function teacherOf(
  servers: FakeServer | readonly FakeServer[],
  options: Partial<ServerOptions> = {},
  model = 'gemma',
): Promise<LanguageModelTeacher<ServerBackend>> {
  const urls = [servers].flat().map(({ host }) => `http://${host}/v1`);
  const teacher = await openServer(`${urls.join(',')}#${model}`, { scenario, env: {}, retry: quick, ...options });
  opened.push(teacher);
  return teacher;
}

export const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error) => error as UnderstudyError,
  );

/** n observations, contexts of every kind among them. */
export function some(n: number): Observations {
  const contexts = [0, 0b000001001, 0b000010100, 0b010000000, 0b100101001];
  return observations(
    scenario,
    Array.from({ length: n }, (_, i) => listedTraits(scenario).sets[(i * 7) % 59]! | (contexts[i % 5]! << 7)),
  );
}
export const truth = (batch: Observations, row: number, paraphrase = 0) =>
  oracleNumbers(promptOf(scenario, batch, row, paraphrase));
export const buys = (answers: readonly Answer[]) => answers.map(({ probabilities }) => probabilities?.[1]);
