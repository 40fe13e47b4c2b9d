import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observations, slice } from '../../../env/observation.ts';
import { sequence, shuffle } from '../../../env/random.ts';
import { listedTraits } from '../../../env/trait-law.ts';
import { iceCream } from '../../../scenarios/ice-cream-v1/scenario.ts';
import { describePolicy } from '../../../scenarios/open.ts';
import { dataFile } from '../../../workspace/bundled.ts';
import type { Answer, AskOptions } from '../../policy.ts';
import type { LanguageModelTeacher } from '../teacher.ts';
import { type GgufBackend, openGguf } from './backend.ts';

const path = dataFile('teachers/tiny.gguf');
const scenario = iceCream;

/** n observations, up to 531 different ones, contexts of every kind among them. */
function some(n: number) {
  const contexts = [0, 0b1001, 0b10100, 0b10000000, 0b100101001, 0b1, 0b1000, 0b100000, 0b100000000];
  return observations(
    scenario,
    Array.from({ length: n }, (_, i) => listedTraits(scenario).sets[(i * 7) % 59]! | (contexts[i % 9]! << 7)),
  );
}
const replies = (answers: readonly Answer[]) => answers.map(({ reply }) => reply);
const alive = (pid: number) => {
  try {
    // A process that ended and was not waited for yet still has its number.
    return process.kill(pid, 0) && !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && process.platform !== 'linux';
  }
};

describe('a GGUF teacher', () => {
  let teacher: LanguageModelTeacher<GgufBackend>;
  let single: LanguageModelTeacher<GgufBackend>;
  beforeAll(async () => {
    [teacher, single] = await Promise.all([openGguf({ path, scenario }), openGguf({ path, scenario, sequences: 1 })]);
  });
  afterAll(() => Promise.all([teacher[Symbol.asyncDispose](), single[Symbol.asyncDispose]()]));

  it("frames a question as the model's chat template does", () => {
    expect(teacher.identity.template).toBe('<bos><start_of_turn>user\n{prompt}<end_of_turn>\n<start_of_turn>model\n');
    expect(teacher.backend!.device).toBe('CPU, 1 thread');
  });

  it('writes a number and nothing else, or a number and an explanation', async () => {
    for (const { reply, probabilities } of await teacher.ask(some(10), { elicit: 'greedy' })) {
      const [, number] = /^\{"buy": (0\.\d\d|1\.00)\}$/.exec(reply!)!;
      expect(probabilities![1]).toBe(Number(number));
    }
    for (const { reply, explanation } of await teacher.ask(some(10), { elicit: 'greedy', explain: true })) {
      expect(JSON.parse(reply!)).toEqual({ buy: expect.any(Number), explanation });
      expect(explanation!.length).toBeGreaterThan(5);
    }
  });

  it('answers a question alone as it answers it among others, however it is asked', async () => {
    const all = some(24);
    for (const asked of [
      { elicit: 'greedy', explain: true },
      { elicit: 'sample', explain: true, seed: 4 },
    ] as const) {
      const together = await teacher.ask(all, asked);
      for (const i of [0, 11, 23]) expect(await teacher.ask(slice(all, i, i + 1), asked)).toEqual([together[i]]);
    }
  });

  it('reads a number to the last bit alike on a sequence of its own, in any batch and beside replies', async () => {
    const random = sequence(8, 'sampling');
    const { masks, width } = some(160);
    const orders = Array.from(masks, (mask) => {
      const shown = iceCream.sets.indices(mask);
      return [
        ...shuffle(
          shown.filter((i) => i < 7),
          random,
        ),
        ...shuffle(
          shown.filter((i) => i >= 7),
          random,
        ),
      ];
    });
    const read = async (rows: readonly number[], who = teacher) => {
      const batch = { width, masks: Uint32Array.from(rows, (i) => masks[i]!), orders: rows.map((i) => orders[i]!) };
      return (await who.ask(batch, { elicit: 'expected' })).map(({ probabilities }) => probabilities![1]!);
    };
    const rows = Array.from({ length: 160 }, (_, i) => i);
    const alone = await read(rows, single);
    for (let batch = 0; batch < 12; batch++) {
      const share = random();
      const drawn = rows.filter(() => random() < share);
      const [numbers] = await Promise.all([
        read(drawn),
        batch % 4 === 0 && teacher.ask(some(8 + batch), { elicit: 'greedy', explain: true }),
      ]);
      expect(numbers).toEqual(drawn.map((i) => alone[i]));
    }
  });

  it('writes the same greedy replies on one sequence as on sixteen', async () => {
    const asked: AskOptions = { elicit: 'greedy', explain: true };
    expect(replies(await single.ask(some(24), asked))).toEqual(replies(await teacher.ask(some(24), asked)));
    expect(single.id).toBe(teacher.id);
  });

  it('draws samples by seed and repeat', async () => {
    const draw = async (more: AskOptions) => replies(await teacher.ask(some(24), { elicit: 'sample', ...more }));
    const first = await draw({ seed: 1 });
    expect(await draw({ seed: 1, repeat: 0 })).toEqual(first);
    expect(await draw({ seed: 1, repeat: 1 })).not.toEqual(first);
    expect(await draw({ seed: 2 })).not.toEqual(first);
  });

  it('expects what its samples tend to', async () => {
    const one = some(1);
    const [expected] = await teacher.ask(one, { elicit: 'expected' });
    const n = 200;
    const draws = await Promise.all(
      Array.from({ length: n }, async (_, repeat) => {
        const [drawn] = await teacher.ask(one, { elicit: 'sample', repeat });
        return drawn!.probabilities![1]!;
      }),
    );
    const mean = draws.reduce((sum, p) => sum + p, 0) / n;
    const sd = Math.sqrt(draws.reduce((sum, p) => sum + (p - mean) ** 2, 0) / (n - 1));
    expect(sd).toBeGreaterThan(0);
    expect(Math.abs(mean - expected!.probabilities![1]!)).toBeLessThan((4 * sd) / Math.sqrt(n));
    const { distribution } = expected!;
    // The standard deviation of a standard deviation of n draws is about sd / √(2n), a little more for heavy tails.
    expect(Math.abs(sd / distribution!.sd - 1)).toBeLessThan(5 / Math.sqrt(2 * n));
    expect(distribution!.entropy).toBeGreaterThan(0);
    expect(distribution!.missing).toBeLessThan(0.01);
  });

  it('says what ran it and how many tokens it took', async () => {
    const [expected] = await teacher.ask(some(1));
    const [written] = await teacher.ask(some(1), { elicit: 'greedy' });
    for (const { usage, device } of [expected!, written!]) {
      expect(device).toBe('CPU, 1 thread');
      expect(usage!.promptTokens).toBe(expected!.usage!.promptTokens);
    }
    // Four tokens of the number and the closing brace.
    expect(written!.usage!.completionTokens).toBe(5);
  });

  it('answers alike from several processes and from one', async () => {
    await using pool = await openGguf({ path, scenario, processes: 2 });
    const many = some(384);
    const answers = await pool.ask(many, { elicit: 'greedy' });
    expect(pool.backend!.pids).toHaveLength(2);
    expect(replies(answers)).toEqual(replies(await teacher.ask(many, { elicit: 'greedy' })));
  });

  it.each([1, 3, 16])('answers alike in batches of %i', async (batch) => {
    const [asked, whole] = [await teacher.ask(some(40), { batch }), await teacher.ask(some(40))];
    asked.forEach(({ probabilities }, i) => {
      expect(probabilities![1]).toBeCloseTo(whole[i]!.probabilities![1]!, 6);
    });
  });

  it('words a question as it is told and minds the order of phrases', async () => {
    const order = { ...some(1), masks: Uint32Array.of(0b10000000101), orders: [[2, 0, 10]] };
    const [shuffled] = await teacher.ask(order);
    const [canonical] = await teacher.ask({ ...order, orders: undefined });
    const [paraphrased] = await teacher.ask({ ...order, orders: undefined }, { paraphrase: 1 });
    const p = [shuffled, canonical, paraphrased].map((answer) => answer!.probabilities![1]!.toFixed(4));
    expect(new Set(p).size).toBe(3);
  });

  it('answers a question that comes while a long batch is being answered', async () => {
    let done = 0;
    const batch = teacher.ask(some(300), { elicit: 'greedy', onAnswer: () => done++ });
    const [answer] = await teacher.ask(some(1), { elicit: 'greedy', explain: true });
    expect(answer!.outcome).toBe('ok');
    expect(done).toBeLessThan(300);
    expect(await batch).toHaveLength(300);
  });

  it('stops when it is told to, with the reason, and answers again', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const asked = teacher.ask(some(300), {
      elicit: 'greedy',
      explain: true,
      signal: controller.signal,
      onAnswer: () => controller.abort(reason),
    });
    await expect(asked).rejects.toBe(reason);
    expect(await teacher.ask(some(2))).toHaveLength(2);
  });

  it('loses nothing when its process crashes in the middle of a question', async () => {
    const asked: AskOptions = { elicit: 'greedy' };
    const before = replies(await teacher.ask(some(80), asked));
    const heard: number[] = [];
    const after = await teacher.ask(some(80), {
      ...asked,
      onAnswer: (row) => {
        heard.push(row);
        if (heard.length === 20) process.kill(teacher.backend!.pids[0]!, 'SIGSEGV');
      },
    });
    expect(replies(after)).toEqual(before);
    expect(heard.sort((a, b) => a - b)).toEqual(Array.from({ length: 80 }, (_, i) => i));
  });

  it.each([
    [{ elicit: 'sample', temperature: 0 }, 'a temperature is above 0 and at most 10, got 0 (use "greedy" for 0)'],
    [{ elicit: 'guess' as never }, 'unknown elicitation: guess (known: greedy, expected, sample, choice)'],
    [{ seed: -1 }, 'a seed is an integer of 0 or more, got -1'],
    [{ repeat: 0.5 }, 'a repeat is an integer of 0 or more, got 0.5'],
    [{ batch: 0 }, 'a batch is an integer of 1 or more, got 0'],
    [{ paraphrase: 3 }, 'ice-cream-v1 has 3 paraphrases (0 to 2), asked for number 3'],
  ] as const)('refuses %j', async (options, message) => {
    await expect(teacher.ask(some(1), options)).rejects.toThrow(message);
  });

  it('has no mean for three actions, and says what to ask for', async () => {
    const three = { ...scenario, id: 'three-v1', actions: ['wait', 'walk', 'run'] };
    const lines: string[] = [];
    await using other = await openGguf({ path, scenario: three, log: (line) => lines.push(line) });
    expect(other.decidesBy).toBe('greedy');
    expect(lines.at(-1)).toMatch(
      /^tiny: decisions are greedy replies, as the letters of the options have \S+ of the probability, less than 0\.5: the model would rather write something else$/,
    );
    await expect(other.ask(some(1))).rejects.toThrow(
      'tiny cannot be asked for "expected": three-v1 has 3 actions, not two; use "choice", "greedy" or "sample"',
    );
    const { outcomes, probabilities } = await other.decide(some(3));
    expect(probabilities).toHaveLength(9);
    for (const outcome of outcomes) expect(['ok', 'unparsable']).toContain(outcome);
  });

  it('refuses questions that are longer than what the model reads, naming both lengths', async () => {
    const prompt = { ...scenario.prompt, question: 'How likely is that? '.repeat(200) };
    const error = await openGguf({ path, scenario: { ...scenario, prompt } }).catch((e) => e);
    expect(error.code).toBe('TEACHER_UNSUPPORTED');
    expect(error.message).toMatch(/^tiny: a question takes up to \d{4} tokens, the model reads at most 512/);
  });

  it('ends its process and its open questions when it is disposed of', async () => {
    const [pid] = teacher.backend!.pids as [number];
    const open = teacher.ask(some(100)).catch((error) => error);
    await teacher[Symbol.asyncDispose]();
    expect(await open).toMatchObject({ code: 'POLICY_DISPOSED' });
    expect(alive(pid)).toBe(false);
  });

  // Disposes of it.
  describePolicy('tiny', () => single, { describe, it });
});

describe('a damaged model file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gguf-'));
  const whole = readFileSync(path);
  const file = (name: string, content: Buffer) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const opening = (damaged: string, more = {}) => openGguf({ path: damaged, scenario, ...more }).catch((e) => e);
  afterAll(() => rmSync(folder, { recursive: true }));

  it('that is cut off is named before anything is loaded', async () => {
    const damaged = file('cut.gguf', whole.subarray(0, 200_000));
    const error = await opening(damaged);
    expect(error.code).toBe('POLICY_FILE');
    expect(error.message).toMatch(
      /cut\.gguf is damaged: it is cut off: its weights end at byte 478816, the file at byte 200000;/,
    );
  });

  it('on which llama.cpp aborts is named, and does not take this process down', async () => {
    // Without its number of heads the model fails a native assertion.
    const headless = Buffer.from(
      whole.toString('latin1').replace('gemma3.attention.head_count\x04', 'gemma3.attention.hat_counts\x04'),
      'latin1',
    );
    expect(headless.equals(whole)).toBe(false);
    const error = await opening(file('headless.gguf', headless));
    expect(error.code).toBe('POLICY_FILE');
    expect(error.message).toMatch(/headless\.gguf cannot be loaded: /);
  });

  it('that has one other byte is refused where its hash is known', async () => {
    const flipped = Buffer.from(whole);
    flipped[400_000]! ^= 1;
    const error = await opening(file('flipped.gguf', flipped), {
      sha256: '0'.repeat(64),
      remedy: 'run understudy pull x',
    });
    expect(error.message).toMatch(
      /flipped\.gguf is damaged or another version: its SHA-256 is .*run understudy pull x$/,
    );
  });
});
