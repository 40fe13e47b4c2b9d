import { describe, expect, it } from 'vitest';
import { slice } from '../../../env/observation.ts';
import { readingOf } from '../number-distribution.ts';
import { buys, failed, fake, scenario, some, teacherOf, truth } from './teacher.test-support.ts';

const cuts: Readonly<Record<string, (text: string) => string[]>> = {
  'digit by digit': (text) => [...text],
  'in groups of digits': (text) => text.match(/ |\d{1,3}|\./g) ?? [],
  'with the space': (text) => text.match(/ ?\d|\./g) ?? [],
  'up to the first decimal': (text) => text.match(/ ?\d\.\d|\d|\.| /g) ?? [],
};

describe('the mean of a number', () => {
  it.each(
    Object.keys(cuts).flatMap((name) => (['llama-server', 'vllm'] as const).map((kind) => [name, kind] as const)),
  )('is that of the oracle where numbers are cut %s, from %s', async (name, kind) => {
    const batch = some(40);
    const teacher = await teacherOf(await fake({ kind, cut: cuts[name] }));
    expect(teacher.decidesBy).toBe('expected');
    let exact = 0;
    for (const [row, { outcome, probabilities, distribution }] of (await teacher.ask(batch)).entries()) {
      const numbers = truth(batch, row);
      const known = readingOf(numbers);
      // Digits are listed all, of a hundred groups the twenty likeliest.
      const listed = [...numbers].sort((p, q) => q - p).slice(0, 20);
      const unlisted = name === 'in groups of digits' ? 1 - listed.reduce((sum, p) => sum + p, 0) : 0;
      const { missing } = distribution!;
      expect(outcome).toBe('ok');
      // What is not followed is less than a ten-thousandth.
      expect(missing).toBeLessThan(unlisted + 1e-4);
      expect(missing).toBeGreaterThan(unlisted - 1e-9);
      expect(Math.abs(probabilities![1]! - known.mean)).toBeLessThan(missing + 1e-9);
      if (missing > 0) continue;
      exact++;
      expect(Math.abs(probabilities![1]! - known.mean)).toBeLessThan(1e-9);
      expect(distribution!.sd).toBeCloseTo(known.distribution.sd, 9);
      expect(distribution!.entropy).toBeCloseTo(known.distribution.entropy, 9);
    }
    expect(exact).toBeGreaterThan(name === 'in groups of digits' ? 0 : 10);
  });

  it('follows digits for some questions more, and says what they cost together', async () => {
    const server = await fake();
    const teacher = await teacherOf(server);
    server.requests.length = 0;
    const [answer] = await teacher.ask(some(1));
    expect(server.chats.length).toBeGreaterThan(1);
    expect(server.chats.length).toBeLessThanOrEqual(12);
    expect(answer!.usage!.promptTokens).toBeGreaterThanOrEqual(60 * server.chats.length);
    expect(answer!.usage!.completionTokens).toBeGreaterThanOrEqual(server.chats.length);
    expect(answer!.reply).toBeUndefined();
    // A grammar would begin the reply anew.
    for (const { body } of server.chats) expect(body).not.toHaveProperty('response_format');
  });

  it('is read along one reply where a server begins each anew, if numbers are cut into few tokens', async () => {
    const lines: string[] = [];
    const server = await fake({ kind: 'ollama', cut: cuts['in groups of digits'] });
    const teacher = await teacherOf(server, { log: (line) => lines.push(line) });
    const batch = some(30);
    const answers = await teacher.ask(batch);
    expect(lines.join('\n')).toMatch(/begins every reply anew, so each number is read along one reply/);
    for (const [row, { outcome, probabilities, distribution }] of answers.entries()) {
      expect(outcome).toBe('ok');
      expect(distribution!.missing).toBeLessThan(0.1);
      const { mean } = readingOf(truth(batch, row));
      expect(Math.abs(probabilities![1]! - mean)).toBeLessThan(distribution!.missing + 1e-9);
    }
  });

  it.each([
    [400, 'Assistant response prefill is incompatible with enable_thinking.'],
    [500, 'Jinja Exception: Conversation roles must alternate'],
  ])('is read along one reply where a server does not want one to be begun (%i)', async (status, message) => {
    const refuses = (body: { messages?: { role: string }[] } | undefined) =>
      body?.messages?.at(-1)?.role === 'assistant';
    const server = await fake({
      cut: cuts['in groups of digits'],
      fault: ({ body }) => (refuses(body) ? { status, body: { error: { message } } } : undefined),
    });
    const teacher = await teacherOf(server);
    expect(teacher.decidesBy).toBe('expected');
    server.requests.length = 0;
    const batch = some(3);
    for (const [row, { probabilities, distribution }] of (await teacher.ask(batch)).entries())
      expect(Math.abs(probabilities![1]! - readingOf(truth(batch, row)).mean)).toBeLessThan(
        distribution!.missing + 1e-9,
      );
    expect(server.chats).toHaveLength(3);
  });

  it('is refused where too much of it is missing, and the reason says how much', async () => {
    let opened = false;
    const cut = (number: string) => (opened ? [...number] : cuts['in groups of digits']!(number));
    const teacher = await teacherOf(await fake({ kind: 'ollama', cut }));
    opened = true;
    const batch = some(40);
    const answers = await teacher.ask(batch);
    const outcomes = new Set(answers.map(({ outcome }) => outcome));
    expect(outcomes).toContain('refused');
    answers.forEach(({ outcome, probabilities, distribution, reason }, row) => {
      // Along the likeliest reply only the second digits of the likeliest first digit are known.
      const firsts = Array.from({ length: 11 }, (_, d) =>
        truth(batch, row).reduce((sum, p, value) => sum + (Math.floor(value / 10) === d ? p : 0), 0),
      );
      const likeliest = truth(batch, row).indexOf(Math.max(...truth(batch, row)));
      const missing = 1 - firsts[Math.floor(likeliest / 10)]!;
      expect(distribution!.missing).toBeCloseTo(missing, 9);
      expect(outcome).toBe(missing > 0.1 ? 'refused' : 'ok');
      if (outcome === 'ok') return;
      expect(probabilities).toBeUndefined();
      expect(reason).toContain(`${Math.round(100 * missing)} % of the probability is missing, more than 10 %`);
      expect(reason).toContain('ask for "greedy"');
    });
  });

  it('is not offered by a server that lists too little of it at every question', async () => {
    const lines: string[] = [];
    const teacher = await teacherOf(await fake({ kind: 'ollama' }), { log: (line) => lines.push(line) });
    expect(teacher.decidesBy).toBe('greedy');
    expect(lines.join('\n')).toMatch(/at 4 questions: the server lists too little of the number's distribution/);
  });

  it('is taken of what a short list shows, with what it does not', async () => {
    const batch = some(20);
    const teacher = await teacherOf(await fake({ kind: 'vllm', top: 5 }));
    const answers = await teacher.ask(batch);
    expect(answers.some(({ distribution }) => distribution!.missing > 0.001)).toBe(true);
    for (const [row, { distribution, probabilities, outcome }] of answers.entries()) {
      expect(outcome).toBe(distribution!.missing > 0.1 ? 'refused' : 'ok');
      if (outcome === 'ok')
        expect(Math.abs(probabilities![1]! - readingOf(truth(batch, row)).mean)).toBeLessThan(distribution!.missing);
    }
  });

  it.each([
    ['openai', 'gives no token probabilities: You are not allowed to request logprobs from this model'],
    ['ollama', 'gives no token probabilities (logprobs)'],
  ] as const)('is not there where a server of the kind %s lists no probabilities', async (kind, why) => {
    const lines: string[] = [];
    const server = await fake({ kind, logprobs: false });
    const teacher = await teacherOf(server, { log: (line) => lines.push(line) });
    expect(teacher.decidesBy).toBe('greedy');
    expect(lines).toContain(`gemma: decisions are greedy replies, as ${server.host} ${why}`);
    const batch = some(3);
    const error = await failed(teacher.ask(batch, { elicit: 'expected' }));
    expect(error).toMatchObject({ code: 'TEACHER_UNSUPPORTED' });
    expect(error!.message).toBe(
      `gemma@${server.host} cannot be asked for "expected": ${server.host} ${why}; use "greedy" or "sample"`,
    );
    const { outcomes, probabilities } = await teacher.decide(batch);
    expect(outcomes).toEqual(['ok', 'ok', 'ok']);
    expect(probabilities[1]).toBe(buys(await teacher.ask(slice(batch, 0, 1), { elicit: 'greedy' }))[0]);
  });

  it('is not there for three actions', async () => {
    const three = { ...scenario, id: 'three-v1', actions: ['wait', 'walk', 'run'] };
    const teacher = await teacherOf(await fake(), { scenario: three });
    expect(teacher.decidesBy).toBe('greedy');
    expect((await failed(teacher.ask(some(1))))!.message).toMatch(
      /^gemma@.* cannot be asked for "expected": three-v1 has 3 actions, not two; use "choice", "greedy" or "sample"$/,
    );
  });
});
