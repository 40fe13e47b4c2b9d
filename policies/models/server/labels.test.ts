import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { observations } from '../../../env/observation.ts';
import { iceCream } from '../../../scenarios/ice-cream-v1/scenario.ts';
import { openServer } from './backend.ts';
import { FakeServer } from './fake-server.test-support.ts';
import { LETTER_REQUEST } from './letter-route.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'labelled-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const scenario = iceCream;
const batch = observations(scenario, [1, 2, 5, 1]);
const open = (urls: string, more = {}) =>
  openServer(`${urls}#gemma`, { labels: join(folder, 'labels.jsonl'), scenario, env: {}, ...more });
const labels = () =>
  readFileSync(join(folder, 'labels.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('a served model with a label store', () => {
  it('is not asked twice, and replays with no server there', async () => {
    const server = await FakeServer.start();
    const url = `http://${server.host}/v1`;
    const env = { UNDERSTUDY_API_KEY: 'sk-very-secret' };
    const first = await open(url, { env });
    const decided = await first.decide(batch);
    const answers = await first.ask(batch, { elicit: 'greedy', explain: true });
    const asked = server.chats.length;
    expect(await first.ask(batch, { elicit: 'greedy', explain: true })).toEqual(answers);
    expect(server.chats).toHaveLength(asked);
    await first[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();

    const lines: string[] = [];
    const second = await open(`http://${server.host}`, { log: (line: string) => lines.push(line) });
    expect(second.id).toBe(first.id);
    expect(second.caveat).toBe(first.caveat);
    expect(second.provenance).toEqual({
      model: `gemma at http://${server.host}/v1`,
      template: expect.stringContaining('{prompt}'),
      library: 'openai chat completions/1',
      endpoints: [`http://${server.host}/v1`],
    });
    expect(await second.decide(batch)).toEqual(decided);
    expect(await second.ask(batch, { elicit: 'greedy', explain: true })).toEqual(answers);
    expect(lines).toEqual([]);
    await expect(second.ask(observations(scenario, [64]))).rejects.toThrow(
      `${server.host} cannot be reached (connection refused), 2 times; check that the server runs`,
    );
    await second[Symbol.asyncDispose]();

    const kept = labels();
    // What the server said of itself, and two elicitations of three questions.
    expect(kept).toHaveLength(1 + 2 * 3);
    expect(kept.at(-1)).toMatchObject({
      teacher: first.id,
      elicit: 'greedy',
      outcome: 'ok',
      device: expect.any(String),
    });
    expect(readFileSync(join(folder, 'labels.jsonl'), 'utf8')).not.toContain('sk-very-secret');
  });

  it('remembers that its numbers cannot be read', async () => {
    const server = await FakeServer.start({ kind: 'ollama', logprobs: false });
    const url = `http://${server.host}`;
    const first = await open(url);
    const decided = await first.decide(batch);
    await first[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    expect(labels()[0]).toMatchObject({ unreadable: expect.stringContaining('gives no token probabilities') });
    const second = await open(url);
    expect(second.id).toBe(first.id);
    expect(await second.decide(batch)).toEqual(decided);
    await second[Symbol.asyncDispose]();
  });

  it('shares its labels with whatever other endpoints are named after the first', async () => {
    const [one, two] = [await FakeServer.start(), await FakeServer.start()];
    const first = await open(`http://${one.host}`);
    const decided = await first.decide(batch);
    await first[Symbol.asyncDispose]();
    await one[Symbol.asyncDispose]();
    const second = await open(`http://${one.host},http://${two.host}`);
    expect(await second.decide(batch)).toEqual(decided);
    expect(two.requests).toEqual([]);
    // What is new the other answers.
    expect((await second.ask(observations(scenario, [64])))[0]!.device).toContain(two.host);
    await second[Symbol.asyncDispose]();
    await two[Symbol.asyncDispose]();
  });

  it('asks again what was not answered in time', async () => {
    let slow = true;
    const server = await FakeServer.start({
      fault: ({ path, body }) =>
        slow && path !== '/v1/models' && !body.messages[0].content.includes(LETTER_REQUEST) ? 'hang' : undefined,
    });
    const three = { ...scenario, actions: ['wait', 'walk', 'buy'] };
    const env = { UNDERSTUDY_TIMEOUT_S: '0.2' };
    const more = { scenario: three, env, retry: { baseMs: 1 } };
    const reply = async () => {
      const teacher = await open(`http://${server.host}`, more);
      const [answer] = await teacher.ask(observations(three, [4]), { elicit: 'greedy' });
      await teacher[Symbol.asyncDispose]();
      return answer!.outcome;
    };
    expect(await reply()).toBe('timeout');
    slow = false;
    expect(await reply()).toBe('unparsable');
    slow = true;
    expect(await reply()).toBe('unparsable');
    await server[Symbol.asyncDispose]();
  });

  it('leaves no store open where it cannot be opened', async () => {
    for (const _ of [1, 2]) await expect(open('http://127.0.0.1:1')).rejects.toThrow('127.0.0.1:1 cannot be reached');
  });
});
