import { afterAll, describe, expect, it } from 'vitest';
import { observations } from '../../../env/observation.ts';
import { describePolicy } from '../../../scenarios/open.ts';
import { openLanguageModel } from '../open-model.ts';
import { commuting, holidays } from '../worlds.test-support.ts';
import { servedModel } from './backend.ts';
import { type FakeOptions, type FakeRequest, FakeServer } from './fake-server.test-support.ts';
import { letterChances } from './letter-route.ts';
import { failed, fake, quick, teacherOf } from './teacher.test-support.ts';

const TRUTH: Readonly<Record<string, number>> = {
  ...{ 'on foot': 0.45, 'by bicycle': 0.3, 'by bus': 0.15, 'by car': 0.1 },
};
/** Preference for a position, in logits: A above all. */
const PREFERENCE = [1.5, 0, 0.5, 0];

/** What a model that knows the truth and likes the letter A would list for a choice; `outside` is on other words. */
function letters({ body }: FakeRequest, outside = 0.02): [string, number][] {
  const options = [...(body.messages[0].content as string).matchAll(/^([A-Z])\) (.*)$/gm)];
  const weights = options.map(([, , words], i) => (TRUTH[words!] ?? 1 / 12) * Math.exp(PREFERENCE[i] ?? 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return [
    ...options.map(([, letter], i): [string, number] => [letter!, ((1 - outside) * weights[i]!) / total]),
    ['The', outside],
  ];
}

type Change = (listed: [string, number][], request: FakeRequest) => [string, number][];

/** A server that answers choices so; `more` changes what is listed. */
const playing = (more: Change): FakeOptions => ({
  kind: 'openai',
  letters: (request) => more(letters(request), request),
});
const choosing = (more: Change, options: FakeOptions = {}) => fake({ ...playing(more), ...options });

const ask = async (server: Awaited<ReturnType<typeof fake>>, rotations?: number) =>
  (await teacherOf(server, { scenario: commuting })).ask(observations(commuting, [0b1001]), {
    elicit: 'choice',
    ...(rotations && { rotations }),
  });

describe('a choice over a server', () => {
  it('takes one token for each order, and cancels what it prefers about a letter', async () => {
    const server = await choosing((listed) => listed);
    const [answer] = await ask(server);
    expect(answer!.outcome).toBe('ok');
    for (const [action, p] of Object.values(TRUTH).entries()) expect(answer!.probabilities![action]).toBeCloseTo(p, 9);
    expect(answer!.choice!.mass).toBeCloseTo(0.98, 9);
    expect(answer!.choice!.bias).toBeGreaterThan(0.1);
    expect(answer!.choice!.unlisted).toBeUndefined();
    const asked = server.chats.slice(-4).map(({ body }) => body);
    for (const body of asked) {
      expect(body).toMatchObject({ max_completion_tokens: 1, logprobs: true, top_logprobs: 20 });
      expect(body).not.toHaveProperty('response_format');
      expect(body.messages[0].content).toMatch(/Reply with the letter of the option and nothing else\.\n/);
    }
    expect(new Set(asked.map((body) => body.messages[0].content)).size).toBe(4);
  });

  it('sums the ways in which a letter is written', async () => {
    const split = (listed: [string, number][]) =>
      listed.flatMap(([letter, p]): [string, number][] => [
        [letter, 0.5 * p],
        [` ${letter}`, 0.3 * p],
        [`"${letter}"`, 0.2 * p],
      ]);
    const [answer] = await ask(await choosing(split));
    for (const [action, p] of Object.values(TRUTH).entries()) expect(answer!.probabilities![action]).toBeCloseTo(p, 9);
  });

  it('is refused where letters that are not listed could move it, and says how far', async () => {
    const [answer] = await ask(await choosing((listed) => listed.sort(([, p], [, q]) => q - p).slice(0, 3)));
    expect([answer!.outcome, answer!.probabilities]).toEqual(['refused', undefined]);
    expect(answer!.choice!.unlisted).toBeGreaterThan(0.02);
    expect(answer!.reason).toMatch(/^the server lists too few of the letters: .* more than 0\.02; ask for "greedy"$/);
  });

  it('is no answer where the model would rather write words', async () => {
    const [answer] = await ask(
      await choosing((_, request) => [...letters(request, 0.9).filter(([token]) => token !== 'The'), ['The', 0.9]]),
    );
    expect(answer!.outcome).toBe('unparsable');
    expect(answer!.choice!.mass).toBeCloseTo(0.1, 9);
  });

  it('is refused where every letter is certain in every order, as after a temperature of 0', async () => {
    const [answer] = await ask(await choosing(([first]) => [[first![0], 1]]));
    expect(answer!.outcome).toBe('refused');
    expect(answer!.reason).toMatch(/^the server lists the letter as certain in every order of the options/);
  });

  it('is not offered by a server that lists no probabilities', async () => {
    const server = await choosing((listed) => listed, { logprobs: false });
    const error = await failed(ask(server));
    expect(error).toMatchObject({ code: 'TEACHER_UNSUPPORTED' });
    expect(error!.message).toBe(
      `${server.host} cannot be asked for "choice": it gives no token probabilities: You are not allowed to request logprobs from this model; use "greedy" or "sample"`,
    );
  });

  it('is not checked by whole names, whose tokens a server does not show', async () => {
    const teacher = await teacherOf(await choosing((listed) => listed), { scenario: commuting });
    expect([teacher.decidesBy, teacher.readsNames]).toEqual(['choice', false]);
    const error = await failed(teacher.ask(observations(commuting, [1]), { elicit: 'choice', names: true }));
    expect(error).toMatchObject({ code: 'TEACHER_UNSUPPORTED' });
    expect(error!.message).toMatch(/^gemma@\S+ cannot check a choice by whole names: only a model file \(gguf:PATH\)/);
  });

  it('of twelve options is read from twenty tokens', async () => {
    const teacher = await teacherOf(await choosing((listed) => listed), { scenario: holidays });
    const [answer] = await teacher.ask(observations(holidays, [1]), { elicit: 'choice', rotations: 12 });
    expect(answer!.outcome).toBe('ok');
    for (const p of answer!.probabilities!) expect(p).toBeCloseTo(1 / 12, 9);
  });

  const scenario = commuting;
  let server: FakeServer | undefined;
  afterAll(async () => server?.[Symbol.asyncDispose]());
  describePolicy(
    'a server that chooses among four',
    async () => {
      server = await FakeServer.start(playing((listed) => listed));
      const { host } = server;
      const model = servedModel(`http://${host}/v1#gemma`, { scenario, env: {}, retry: quick });
      return openLanguageModel(model, { scenario, elicit: 'choice' });
    },
    { scenario, describe, it },
  );
});

describe('letters in a list of tokens', () => {
  const listed = (entries: Readonly<Record<string, number>>) => {
    const alternatives = Object.entries(entries).map(([token, p]) => ({ token, logprob: Math.log(p) }));
    return letterChances({ tokens: [{ ...alternatives[0]!, alternatives }] }, 3);
  };

  it('have at most what the list leaves, and at most what its last token has', () => {
    expect(listed({ A: 0.9, The: 0.06 })![1]).toEqual({ probability: 0, most: expect.closeTo(0.04, 12) });
    expect(listed({ A: 0.5, The: 0.01 })![2]).toEqual({ probability: 0, most: expect.closeTo(0.01, 12) });
  });

  it('are letters alone: a word that begins with one, or a small one, is not', () => {
    expect(listed({ Almost: 0.5, a: 0.3, '▁A': 0.1, 'B)': 0.05 })!.map(({ probability }) => probability)).toEqual([
      expect.closeTo(0.1, 12),
      expect.closeTo(0.05, 12),
      0,
    ]);
  });

  it('are unknown where nothing is listed', () => {
    expect(letterChances({}, 3)).toBeUndefined();
    expect(letterChances({ tokens: [] }, 3)).toBeUndefined();
  });
});
